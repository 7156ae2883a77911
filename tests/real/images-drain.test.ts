import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { openObjectStore } from '@tallyship/shared/storage/object-store';
import { UPLOAD_API_SETTINGS } from '@tallyship/upload-api/settings';
import { startUploadApi, type UploadApi } from '@tallyship/upload-api/upload-api';
import { encodeLoad } from '../../bench/ingest/bench-load.ts';
import { drainObjects } from '../../infra/workloads/drain.ts';
import { LEAST, MOST } from '../infra/workloads/sample-args.ts';
import { makeCertificate } from '../support/certificate.ts';
import { freePort } from '../support/child.ts';
import { type Container, startContainer } from '../support/container.ts';
import { startVersitygw } from '../support/versitygw.ts';

const ROOT = join(import.meta.dirname, '../..');
const TAG = 'localhost/tallyship-drain';
const HOUR_MS = 3_600_000;
const HOST = 'upload-api.tallyship.svc';
const KEY = 'a-key-of-this-test-that-is-long';
const image = (service: string) => `${TAG}/${service}:latest-${process.arch === 'x64' ? 'amd64' : process.arch}`;

type Job = { spec: { template: { spec: { containers: { args: string[]; env: { name: string; value: string }[] }[] } } } };

describe('the Job that drains a volume, as it is sent to Kubernetes', function () {
  this.timeout(600_000);
  const certificate = makeCertificate('upload-api', [HOST]);
  let dir: string;
  let store: Awaited<ReturnType<typeof startVersitygw>>;
  let api: UploadApi;
  let collector: Container;

  before(async () => {
    const { status, stdout, stderr } = spawnSync('node', ['images/main.ts', 'collector', 'shipper', '--tag', TAG], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stdout + stderr);
    dir = mkdtempSync(join(tmpdir(), 'tallyship-drain-image-'));
    store = await startVersitygw();
    const keys = [{ name: 'test', key: KEY, accounts: ['*'], regions: ['*'], clusters: ['*'] }];
    const files = {
      keys: JSON.stringify(keys),
      credentials: JSON.stringify(store.credentials),
      crt: certificate.cert,
      key: certificate.key,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    const env = {
      UPLOAD_API_PORT: '0',
      KEYS_FILE: join(dir, 'keys'),
      STORE_BUCKET: store.bucket,
      STORE_ENDPOINT: store.url,
      STORE_CREDENTIALS_FILE: join(dir, 'credentials'),
      TLS_CERT_FILE: join(dir, 'crt'),
      TLS_KEY_FILE: join(dir, 'key'),
    };
    api = await startUploadApi(readSettings(UPLOAD_API_SETTINGS, env), createLogger('upload-api', { level: 'silent' }));
    collector = await leaveVolume();
  });
  after(async () => {
    await collector?.remove();
    await api?.close();
    await store?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('says what is left and ends with 1 while its certificate is not trusted, and ships all of it over TLS otherwise', async () => {
    const stranger = await drained(makeCertificate('somebody else', [HOST]).ca);
    assert.equal(stranger.code, 1, stranger.output);
    assert.match(stranger.output, /[1-9][0-9]* files are left\n.*(UNABLE_TO|SELF_SIGNED|SIGNATURE)/);
    assert.deepEqual(await keysInStore(), []);

    const { code, output } = await drained(certificate.ca);
    assert.equal(code, 0, output);
    assert.match(output, /drained: nothing is left/);
    const keys = await keysInStore();
    for (const table of ['samples', 'usage', 'shipments'])
      assert.ok(
        keys.some((key) => key.startsWith(`${table}/v1/`)),
        keys.join('\n'),
      );
  });

  /** A collector's volume as it is when the replica has been scaled away while nothing could be shipped. */
  async function leaveVolume(): Promise<Container> {
    const port = await freePort();
    const left = startContainer({
      image: image('collector'),
      env: { COLLECTOR_PORT: `${port}`, DATA_DIR: '/data', REPLICA: 'collector-1', CLUSTER_NAME: 'demo' },
      writable: ['/data'],
    });
    await left.line(/collector listens/, 30_000);
    const hour = { series: 200, scrapes: 10, samplesARequest: 2000, connections: 1 };
    for (const body of encodeLoad(2, Math.floor(Date.now() / HOUR_MS - 2) * HOUR_MS, hour).shards.flat()) {
      const headers = { 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request', 'content-encoding': 'snappy' };
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/write`, { method: 'POST', headers, body: new Uint8Array(body) });
      assert.equal(answer.status, 204, await answer.text());
    }
    assert.equal(await left.end('SIGTERM', 60_000), 0, left.output());
    return left;
  }

  async function drained(ca: string): Promise<{ code: number | null; output: string }> {
    const args = { ...LEAST, collector: { ...LEAST.collector, drainOrdinals: [1] }, ...(MOST.tls && { tls: MOST.tls }) };
    const job = drainObjects(args).find(({ kind }) => kind === 'Job') as unknown as Job;
    const [container] = job.spec.template.spec.containers as [Job['spec']['template']['spec']['containers'][0]];
    const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    const { LAKE_API_KEY_FILE = '', NODE_EXTRA_CA_CERTS = '' } = env;
    const running = startContainer({
      image: image('shipper'),
      args: container.args,
      env: { ...env, LAKE_UPLOAD_URL: api.url.replace('127.0.0.1', HOST), SHIPPER_PORT: '0', DRAIN_TIMEOUT_MS: '5000' },
      writable: [],
      volumes: { '/data': collector.dirOf('/data') },
      files: { [LAKE_API_KEY_FILE]: KEY, [NODE_EXTRA_CA_CERTS]: ca, '/etc/hosts': `127.0.0.1 ${HOST}\n` },
    });
    try {
      await running.line(/drained: nothing|files are left/, 60_000);
      return { code: await running.end('SIGCONT', 60_000), output: running.output() };
    } finally {
      await running.remove();
    }
  }

  async function keysInStore(): Promise<string[]> {
    const { url: endpoint, bucket } = store;
    const open = openObjectStore({ endpoint, bucket, region: 'us-east-1', credentialsFile: join(dir, 'credentials') });
    const keys: string[] = [];
    for await (const { key } of open.list('')) keys.push(key);
    open.close();
    return keys;
  }
});
