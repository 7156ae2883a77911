import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts. `ca` is the certificate of who signed it. */
export type Certificate = { cert: string; key: string; ca: string };

/** A certificate of a small authority of its own, made by openssl. */
export function makeCertificate(commonName: string, names: string[]): Certificate {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-certificate-'));
  const openssl = (...args: string[]) => {
    const { status, stderr, error } = spawnSync('openssl', args, { cwd: dir, encoding: 'utf8' });
    if (error) throw new Error('`openssl` cannot be started: apt install openssl', { cause: error });
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}\n${stderr}`);
  };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  try {
    writeFileSync(join(dir, 'names.txt'), `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\n`);
    openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', `/CN=authority of ${commonName}`);
    openssl('req', ...curve, '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', `/CN=${commonName}`);
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names.txt'];
    openssl('x509', '-req', '-in', 'tls.csr', '-out', 'tls.crt', ...signed);
    const text = (file: string) => readFileSync(join(dir, file), 'utf8');
    return { cert: text('tls.crt'), key: text('tls.key'), ca: text('ca.crt') };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Asks as a client that trusts one authority and checks the name. @returns status, text, and whose certificate was shown */
export function askOverTls(url: string, { ca }: Pick<Certificate, 'ca'>, servername: string, headers = {}) {
  return new Promise<{ status: number; text: string; shown: string }>((resolve, reject) => {
    get(url, { ca, servername, headers, agent: false }, (response) => {
      const { socket } = response;
      const shown = 'getPeerCertificate' in socket ? (socket as import('node:tls').TLSSocket).getPeerCertificate().subject.CN : '';
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, shown: String(shown) }));
    }).on('error', reject);
  });
}
