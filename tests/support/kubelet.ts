import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A stand-in for a kubelet on loopback: HTTPS with a certificate for 127.0.0.1, `/metrics/cadvisor` for those who show the token. */
export type Kubelet = { port: number; caFile: string; tokenFile: string; refused(): number; close(): void };

const TOKEN = 'token-of-a-service-account';

/** @param exposition what cAdvisor says when it is asked, in the Prometheus text format */
export async function startKubelet(exposition: () => string): Promise<Kubelet> {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-kubelet-'));
  const [keyFile, caFile, tokenFile] = ['key.pem', 'certificate.pem', 'token'].map((name) => join(dir, name)) as [string, string, string];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=kubelet'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', caFile],
    ],
    { stdio: 'ignore' },
  );
  writeFileSync(tokenFile, TOKEN);
  let refused = 0;
  const server = createServer({ key: readFileSync(keyFile), cert: readFileSync(caFile) }, (request, response) => {
    const isKnown = request.headers.authorization === `Bearer ${TOKEN}`;
    if (!isKnown || request.url !== '/metrics/cadvisor') {
      refused += 1;
      response.writeHead(isKnown ? 404 : 401).end();
    } else response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(exposition());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    caFile,
    tokenFile,
    refused: () => refused,
    close: () => {
      server.close();
      server.closeAllConnections();
      rmSync(dir, { recursive: true });
    },
  };
}
