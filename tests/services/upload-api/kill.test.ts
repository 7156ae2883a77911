import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, freePort, sleep, startChild } from '../../support/child.ts';
import { presignPut } from '../../support/presign.ts';
import { rawRequest } from '../../support/raw-http.ts';
import { API_KEY, SHOP, STORE_CREDENTIALS, UPLOAD_PATH, writeKeys } from './running-api.ts';

/** Kills that hit a PUT; some do not. */
const STORE_KILLS = 8;
const API_KILLS = 5;
const KEYS = 4;
const BODY_BYTES = 1_500_000;
const usageId = (hour: number) =>
  `usage_${1_795_255_200_000 + hour * 3_600_000}_${1_795_258_800_000 + hour * 3_600_000}_collector-0-1.parquet`;

describe('kill -9', () => {
  let dir: string;
  let storePort: number;
  let apiPort: number;
  let store: Child;
  let api: Child | undefined;

  const lake = () => join(dir, 'lake');
  const storeUrl = () => `http://127.0.0.1:${storePort}`;
  const startStore = async () => {
    store = startChild(process.execPath, [join(import.meta.dirname, 'store-child.ts'), lake(), String(storePort)]);
    await store.line(/^ready /m, 50_000);
  };
  const startApi = async () => {
    const env = {
      ...process.env,
      UPLOAD_API_PORT: String(apiPort),
      KEYS_FILE: join(dir, 'keys.json'),
      STORE_BUCKET: 'lake',
      STORE_ENDPOINT: storeUrl(),
      STORE_CREDENTIALS_FILE: join(dir, 'credentials.json'),
      REQUESTS_PER_MINUTE: '1000000',
      MAX_OPEN_URLS: '10000000',
    };
    api = startChild(process.execPath, [join(import.meta.dirname, '../../../services/upload-api/main.ts')], { env });
    await api.line(/upload API listens/, 50_000);
  };

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-kill-'));
    [storePort, apiPort] = await Promise.all([freePort(), freePort()]);
    writeKeys(join(dir, 'keys.json'), [{ name: 'shop', key: API_KEY, accounts: ['*'], regions: ['*'], clusters: ['*'] }]);
    writeFileSync(join(dir, 'credentials.json'), JSON.stringify(STORE_CREDENTIALS));
    await startStore();
  });
  afterEach(async () => {
    await api?.end('SIGKILL');
    api = undefined;
    await store.end('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });

  it(`of the local store in the middle of a PUT, ${STORE_KILLS} times: every object is a whole one, what was answered stays`, async () => {
    const address = { url: storeUrl(), bucket: 'lake', credentials: STORE_CREDENTIALS };
    const urls = await Promise.all(
      Array.from({ length: KEYS }, (_, index) => presignPut(address, `usage/v1/${index}.parquet`, { expiresS: 600 })),
    );
    const answered = new Map<number, number>();
    let version = 0;
    let killsInPut = 0;
    let kills = 0;
    for (; killsInPut < STORE_KILLS && kills < 5 * STORE_KILLS; kills++) {
      let isOver = false;
      const writers = urls.map(async (url, index) => {
        while (!isOver) {
          version += 1;
          const mine = version;
          const status = await rawRequest(url, {
            method: 'PUT',
            headers: { 'content-length': BODY_BYTES },
            body: bodyOf(index, mine),
          }).then(
            (answer) => answer.status,
            () => 0,
          );
          if (status === 200) answered.set(index, mine);
          else await sleep(5);
        }
      });
      await sleep(150 + Math.random() * 300);
      await store.end('SIGKILL');
      isOver = true;
      await Promise.all(writers);
      if (readdirSync(join(lake(), '.incoming')).length > 0) killsInPut += 1;
      for (const path of filesIn(lake())) {
        const index = Number(/([0-9]+)\.parquet$/.exec(path)?.[1]);
        assert.ok(wholeVersion(index, readFileSync(path)) >= (answered.get(index) ?? 1), `${path} is older than what was answered`);
      }
      await startStore();
      assert.deepEqual(readdirSync(join(lake(), '.incoming')), []);
    }
    assert.equal(answered.size, KEYS, 'nothing was ever stored: the kills proved nothing');
    assert.equal(killsInPut, STORE_KILLS, `of ${kills} kills, in the middle of a PUT`);
    console.log(`      ${version} PUTs, ${killsInPut} of ${kills} kills in the middle of one`);
  }).timeout(300_000);

  it(`of the API, ${API_KILLS} times: URLs it gave go on working, orders it acknowledged are kept, nothing else appears in the lake`, async () => {
    const ordered = new Set<string>();
    const sent = new Map<string, string>();
    const inFlight: Promise<void>[] = [];
    let hour = 0;
    for (let kill = 0; kill < API_KILLS; kill++) {
      await startApi();
      let isOver = false;
      const orderedBefore = ordered.size;
      const agents = Array.from({ length: 3 }, async () => {
        while (!isOver) {
          hour += 1;
          const id = usageId(hour);
          const urls = await post(UPLOAD_PATH, { files: [{ reference_id: id }] }, 200);
          // Some PUTs are on their way when the API dies.
          if (urls) inFlight.push(put((urls as Record<string, string>)[id], id, sent));
          const wanted = usageId(100_000 + hour);
          if (await post('/v1/replay', { ...SHOP, shipperId: 'shipper-9', referenceIds: [wanted] }, 202)) ordered.add(wanted);
        }
      });
      for (const untilMs = Date.now() + 50_000; ordered.size === orderedBefore && Date.now() < untilMs; ) await sleep(20);
      await sleep(300 + Math.random() * 300);
      await api?.end('SIGKILL');
      isOver = true;
      await Promise.all(agents);
    }
    await Promise.all(inFlight);
    const files = filesIn(lake());
    const objects = files.filter((path) => path.includes('/usage/v1/'));
    assert.deepEqual(objects.map((path) => path.split('/').at(-1)).sort(), [...sent.keys()].sort());
    for (const path of objects) assert.equal(sha256(readFileSync(path)), sent.get(path.split('/').at(-1) as string));
    const { account, region, cluster } = SHOP;
    const orders = join(lake(), `control/v1/replay/account=${account}/region=${region}/cluster=${cluster}`);
    for (const id of ordered) assert.ok(existsSync(join(orders, id, 'order=shipper-9')), `order of ${id} was acknowledged and is gone`);
    assert.ok(ordered.size >= API_KILLS && sent.size >= API_KILLS, `${ordered.size} orders, ${sent.size} objects`);
    console.log(`      ${sent.size} objects, ${ordered.size} orders`);
  }).timeout(300_000);

  it('is not needed: SIGTERM ends the API cleanly, and missing settings are named', async () => {
    await startApi();
    assert.equal(await api?.end('SIGTERM', 50_000), 0);
    const main = join(import.meta.dirname, '../../../services/upload-api/main.ts');
    const bare = startChild(process.execPath, [main], { env: { PATH: process.env.PATH } });
    assert.equal(await bare.end('SIGCONT', 50_000), 1);
    assert.equal(bare.output(), 'KEYS_FILE is required\nSTORE_BUCKET is required\n');
  }).timeout(180_000);

  async function post(path: string, body: unknown, expected: number): Promise<unknown> {
    try {
      const answer = await fetch(`http://127.0.0.1:${apiPort}${path}`, {
        method: 'POST',
        headers: { authorization: API_KEY },
        body: JSON.stringify(body),
      });
      assert.equal(answer.status, expected);
      return await answer.json();
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      await sleep(5);
      return undefined;
    }
  }

  async function put(url: string, id: string, sent: Map<string, string>): Promise<void> {
    const body = Buffer.alloc(200_000, `${id};`);
    const answer = await rawRequest(url, { method: 'PUT', headers: { 'content-length': body.length }, body });
    assert.equal(answer.status, 200, String(answer.body));
    sent.set(id, sha256(body));
  }
});

/** A body that says which version it is, in its first and in its last byte and everywhere between. */
function bodyOf(index: number, version: number): Buffer {
  return Buffer.alloc(BODY_BYTES, `${index}:${String(version).padStart(8, '0')};`);
}

/** @returns the version of a whole body; fails for any other bytes */
function wholeVersion(index: number, bytes: Buffer): number {
  const version = Number(/^[0-9]+:(?<version>[0-9]{8});/.exec(bytes.subarray(0, 20).toString())?.groups?.version);
  assert.ok(bytes.equals(bodyOf(index, version)), `object ${index} of ${bytes.length} bytes is no whole body`);
  return version;
}

function filesIn(dir: string): string[] {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('.incoming'));
  return names.map((name) => join(dir, name)).filter((path) => statSync(path).isFile());
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
