import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineProgram } from '../../tools/engines/find.ts';
import { type Child, freePort, sleep, startChild } from './child.ts';

export type Answer = { status: number; body: Record<string, unknown> & { message?: string }; warnings: string[] };
export type KubernetesApi = {
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  stop(): Promise<void>;
};

const TOKEN = 'token-of-this-test';
const READY_WITHIN_MS = 60_000;

/** A real Kubernetes API server with its etcd, on loopback: schemas, defaults, Pod Security and admission, but no controllers and no nodes. */
export async function startKubernetesApi(): Promise<KubernetesApi> {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-kubernetes-'));
  const [clientPort, peerPort, apiPort] = (await Promise.all([freePort(), freePort(), freePort()])) as [number, number, number];
  const children: Child[] = [];
  const stop = async () => {
    for (const child of children.reverse()) await child.end('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    children.push(startEtcd(dir, clientPort, peerPort));
    children.push(startApiServer(dir, clientPort, apiPort));
    const call = (method: string, path: string, body?: unknown, contentType = 'application/json') =>
      callApi(apiPort, { method, path, body, contentType });
    await untilReady(call, children);
    return { call, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startEtcd(dir: string, clientPort: number, peerPort: number): Child {
  const [client, peer] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`];
  return startChild(engineProgram('etcd'), [
    ...['--data-dir', join(dir, 'etcd'), '--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
    '--unsafe-no-fsync',
  ]);
}

function startApiServer(dir: string, etcdPort: number, port: number): Child {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = (name: string, text: string | Buffer) => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  return startChild(engineProgram('kube-apiserver'), [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(dir, 'certificates')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=RBAC',
    `--token-auth-file=${file('tokens.csv', `${TOKEN},tester,1,system:masters\n`)}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${file('sa.key', privateKey.export({ type: 'pkcs8', format: 'pem' }))}`,
    `--service-account-key-file=${file('sa.pub', publicKey.export({ type: 'spki', format: 'pem' }))}`,
  ]);
}

async function untilReady(call: KubernetesApi['call'], children: Child[]): Promise<void> {
  for (const deadlineMs = Date.now() + READY_WITHIN_MS; ; await sleep(100)) {
    const status = await call('GET', '/readyz').then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    if (Date.now() > deadlineMs)
      throw new Error(`no API server after ${READY_WITHIN_MS} ms\n${children.map((child) => child.output()).join('\n')}`);
  }
}

function callApi(port: number, call: { method: string; path: string; body: unknown; contentType: string }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': call.contentType };
    // Its certificate is made at its start and known to nobody.
    const options = { host: '127.0.0.1', port, method: call.method, path: call.path, headers, rejectUnauthorized: false };
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const body = text.startsWith('{') ? JSON.parse(text) : { message: text };
        resolve({ status: response.statusCode ?? 0, body, warnings: [response.headers.warning ?? []].flat() });
      });
    });
    sent.on('error', reject);
    sent.end(call.body === undefined ? undefined : JSON.stringify(call.body));
  });
}
