import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, sleep } from '../support/child.ts';
import { type Container, type ContainerOptions, startContainer } from '../support/container.ts';
import { startVersitygw } from '../support/versitygw.ts';

const ROOT = join(import.meta.dirname, '../..');
const READY_WITHIN_MS = 1000;
const STARTS = 3;
const MAX_LAYER_BYTES = 1_000_000;
const TAG = 'localhost/tallyship-test';
const image = (service: string) => `${TAG}/${service}:latest-${process.arch === 'x64' ? 'amd64' : process.arch}`;

describe('the images of the services', function () {
  this.timeout(600_000);
  before(() => {
    const { status, stdout, stderr } = spawnSync('node', ['images/main.ts', '--tag', TAG], { cwd: ROOT, encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  });

  for (const service of ['collector', 'shipper', 'upload-api', 'console']) {
    it(`put less than 1 MB of ${service} on the base, native packages apart`, () => {
      const base = layerBytes(image('base'));
      const own = layerBytes(image(service)).slice(base.length);
      const native = own.pop() ?? 0;
      const app = sum(own);
      console.log(`      ${service}: app ${kb(app)}, native ${kb(native)}, base ${kb(sum(base))}`);
      assert.ok(app < MAX_LAYER_BYTES, `${app}`);
    });
  }

  it('start as a kubelet starts them, and the collector is ready within 1 s', () =>
    assertReadySoon((port) => ({
      image: image('collector'),
      env: { COLLECTOR_PORT: `${port}`, DATA_DIR: '/data' },
      writable: ['/data'],
    })));

  it('start as a kubelet starts them, and the shipper is ready within 1 s', () =>
    assertReadySoon((port) => ({
      image: image('shipper'),
      env: { SHIPPER_PORT: `${port}`, DATA_DIR: '/data', LAKE_UPLOAD_URL: 'http://127.0.0.1:9', LAKE_API_KEY_FILE: '/key' },
      writable: ['/data'],
      files: { '/key': 'a-key' },
    })));

  it('start as a kubelet starts them, and the upload API is ready within 1 s', async () => {
    const store = await startVersitygw();
    const keys = [{ name: 'test', key: 'a-key-of-this-test-that-is-long', accounts: ['*'], regions: ['*'], clusters: ['*'] }];
    const env = { KEYS_FILE: '/keys', STORE_BUCKET: store.bucket, STORE_ENDPOINT: store.url, STORE_CREDENTIALS_FILE: '/credentials' };
    try {
      await assertReadySoon((port) => ({
        image: image('upload-api'),
        env: { ...env, UPLOAD_API_PORT: `${port}` },
        writable: [],
        files: { '/keys': JSON.stringify(keys), '/credentials': JSON.stringify(store.credentials) },
      }));
    } finally {
      await store.stop();
    }
  });

  it('start as a kubelet starts them, and the console is ready within 1 s', () =>
    assertReadySoon((port) => ({
      image: image('console'),
      env: { CONSOLE_PORT: `${port}`, LAKE_DIR: '/lake' },
      writable: ['/tmp', '/lake'],
    })));

  it('say which setting is missing, and end', async () => {
    const container = startContainer({ image: image('collector'), env: {}, writable: [] });
    await container.line(/DATA_DIR is required/, 10_000);
    await container.remove();
  });
});

/** The best of three starts: what else runs on the host is not the image's fault. */
async function assertReadySoon(optionsOf: (port: number) => ContainerOptions): Promise<void> {
  let bestMs = Number.POSITIVE_INFINITY;
  for (let start = 0; start < STARTS && bestMs >= READY_WITHIN_MS; start += 1) {
    const port = await freePort();
    const container = startContainer(optionsOf(port));
    try {
      bestMs = Math.min(bestMs, await readyAfterMs(container, port));
    } finally {
      await container.remove();
    }
  }
  console.log(`      ready after ${bestMs} ms`);
  assert.ok(bestMs < READY_WITHIN_MS, `ready after ${bestMs} ms`);
}

async function readyAfterMs(container: Container, port: number): Promise<number> {
  for (const startMs = Date.now(); ; await sleep(10)) {
    const isReady = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    const tookMs = Date.now() - startMs;
    if (isReady) return tookMs;
    assert.ok(tookMs < 20_000, container.output());
  }
}

/** Compressed, as a registry keeps them, from the base up. */
function layerBytes(name: string): number[] {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-layers-'));
  const { status, stderr } = spawnSync('buildah', ['push', '--quiet', name, `dir:${dir}`], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const { layers } = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as { layers: { size: number }[] };
  rmSync(dir, { recursive: true });
  return layers.map(({ size }) => size);
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
const kb = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
