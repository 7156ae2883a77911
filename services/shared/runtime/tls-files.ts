import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import { optionalText, SettingsError } from './settings.ts';

/** Settings of every service that can serve TLS itself. */
export const TLS_SETTINGS = {
  TLS_CERT_FILE: optionalText({
    describe: 'Certificate chain, PEM; with `TLS_KEY_FILE` HTTPS is served instead of HTTP. Both are read again when they change.',
  }),
  TLS_KEY_FILE: optionalText({ describe: 'Key of the certificate, PEM.' }),
};

export type TlsFiles = { certFile: string; keyFile: string };
type Pair = { cert: string; key: string };

const LOOK_EVERY_MS = 5_000;

/**
 * @returns the files that the settings name; undefined when they name none
 * @throws SettingsError when one is missing, cannot be read, or the two do not fit
 */
export function tlsFilesOf({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }: Record<keyof typeof TLS_SETTINGS, string>) {
  if (certFile === '' && keyFile === '') return undefined;
  if (certFile === '' || keyFile === '') throw new SettingsError('TLS_CERT_FILE and TLS_KEY_FILE belong together; set both or none');
  const files = { certFile, keyFile };
  const { fault } = readPair(files);
  if (fault !== undefined) throw new SettingsError(fault);
  return files;
}

/** The pair as it is now. @throws Error that names the files when it cannot be used */
export function tlsPair(files: TlsFiles): Pair {
  const { pair, fault } = readPair(files);
  if (!pair) throw new Error(fault);
  return pair;
}

/**
 * Gives a server each new certificate; connections that stand keep theirs. While a new pair cannot be used, such as when one of its two
 * files has changed and the other not yet, the server keeps the old one.
 * @param onFault hears of a pair that cannot be used, once
 * @returns ends it
 */
export function followTlsFiles(server: Server, files: TlsFiles, onFault: (fault: string) => void, lookEveryMs = LOOK_EVERY_MS): () => void {
  let served = JSON.stringify(tlsPair(files));
  let told: string | undefined;
  const look = () => {
    const { pair, fault } = readPair(files);
    if (fault !== undefined && fault !== told) onFault(fault);
    told = fault;
    if (!pair || JSON.stringify(pair) === served) return;
    server.setSecureContext({ ...pair, minVersion: MIN_VERSION });
    served = JSON.stringify(pair);
  };
  const timer = setInterval(look, lookEveryMs).unref();
  return () => clearInterval(timer);
}

export const MIN_VERSION = 'TLSv1.2';

/** The messages of OpenSSL say what is wrong with a pair, and quote nothing of it. */
function readPair({ certFile, keyFile }: TlsFiles): { pair: Pair; fault?: undefined } | { pair?: undefined; fault: string } {
  try {
    const pair = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    createSecureContext(pair);
    return { pair };
  } catch (error) {
    return { fault: `TLS_CERT_FILE ${certFile} with TLS_KEY_FILE ${keyFile}: ${(error as Error).message}` };
  }
}
