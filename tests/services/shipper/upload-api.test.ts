import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Child, freePort, sleep, startChild } from '../../support/child.ts';
import { API_KEY, type RunningApi, SHOP, startApi } from '../upload-api/running-api.ts';
import { HOUR_MS, parquet, START_MS } from './rig.ts';

const MAIN = join(import.meta.dirname, '../../../services/shipper/main.ts');
const FOLDER = `account=${SHOP.account}/region=${SHOP.region}/cluster=${SHOP.cluster}`;

describe('shipper and upload API', () => {
  let api: RunningApi;
  const volumes: string[] = [];
  const children: Child[] = [];
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await child.end('SIGKILL');
    await api.stop();
    for (const dir of volumes.splice(0)) rmSync(dir, { recursive: true, force: true });
  });

  const volume = () => {
    const dir = mkdtempSync(join(tmpdir(), 'tallyship-volume-'));
    volumes.push(dir);
    writeFileSync(join(dir, 'key'), API_KEY);
    return dir;
  };
  const place = (dir: string, replica: string, hours: number) => {
    for (let n = 1; n <= hours; n += 1)
      for (const table of ['samples', 'usage']) {
        const start = START_MS - n * HOUR_MS;
        const name = `${table}_${start}_${start + HOUR_MS}_${replica}-0.parquet`;
        const path = join(dir, 'ready/lake', table, 'v1', FOLDER, `date=${new Date(start).toISOString().slice(0, 10)}`, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, parquet(n, n));
      }
  };
  const ship = async (dir: string, args: string[], env: Record<string, string> = {}) => {
    const settings = { DATA_DIR: dir, LAKE_UPLOAD_URL: api.url, LAKE_API_KEY_FILE: join(dir, 'key'), BACKOFF_MAX_MS: '200', ...env };
    const child = startChild(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, ...settings } });
    const code = await child.end('SIGCONT');
    return { code, output: child.output() };
  };
  const completeness = async () => {
    const [from, to] = [START_MS - 10 * HOUR_MS, START_MS].map((ms) => new Date(ms).toISOString());
    const cluster = `${SHOP.account}/${SHOP.region}/${SHOP.cluster}`;
    const answer = await api.call(`/v1/completeness?cluster=${cluster}&from=${from}&to=${to}`, { method: 'GET' });
    return { status: answer.status, body: await answer.text() };
  };

  it('drains the volumes of two replicas that are gone into one lake, complete', async function () {
    this.timeout(180_000);
    const [one, two] = [volume(), volume()];
    place(one, 'collector-0', 4);
    place(two, 'collector-1', 3);
    for (const dir of [one, two]) {
      const { code, output } = await ship(dir, ['drain', '--data', dir]);
      assert.equal(code, 0, output);
      assert.match(output, /drained: nothing is left/);
      assert.ok(!output.includes(API_KEY));
    }
    const names = [...api.objects().keys()];
    assert.equal(names.length, 4 * 3 + 3 * 3, 'two tables and a manifest an hour and replica');
    const { status, body } = await completeness();
    assert.equal(status, 200, body);
    assert.match(body, /"collector-0"[\s\S]*"collector-1"/);
    assert.equal(body.match(/"isComplete":true/g)?.length, 3, `both replicas and the whole: ${body}`);

    const { output } = await ship(one, ['status', '--data', one]);
    assert.match(output, /lake +all +12 +\d+ +\d+ +12/);
  });

  it('drain says what is left, and that it is', async function () {
    this.timeout(180_000);
    const dir = volume();
    place(dir, 'collector-0', 2);
    assert.equal((await ship(dir, ['drain', '--data', dir])).code, 0);
    mkdirSync(join(dir, 'ready/cloudzero'), { recursive: true });
    writeFileSync(join(dir, 'ready/cloudzero/stray.parquet'), 'x');
    const stray = await ship(dir, ['drain', '--data', dir], { DRAIN_TIMEOUT_MS: '1500' });
    assert.equal(stray.code, 1, stray.output);
    assert.match(stray.output, /1 files are left/);
    const url = `http://127.0.0.1:${await freePort()}`;
    place(dir, 'collector-2', 2);
    const dead = await ship(dir, ['drain', '--data', dir], { DRAIN_TIMEOUT_MS: '1500', LAKE_UPLOAD_URL: url });
    assert.equal(dead.code, 1);
    assert.match(dead.output, /5 files are left\ntransport: .*ECONNREFUSED/);
  });

  it('serves a replay that the owner orders', async function () {
    this.timeout(180_000);
    const dir = volume();
    place(dir, 'collector-0', 2);
    await ship(dir, ['drain', '--data', dir]);
    const start = START_MS - HOUR_MS;
    const id = `samples_${start}_${start + HOUR_MS}_collector-0-0.parquet`;
    const [key, bytes] = [...api.objects()].find(([name]) => name.endsWith(id)) as [string, Buffer];
    rmSync(join(api.dir, 'lake', key));
    const body = { ...SHOP, referenceIds: [id] };
    const ordered = await api.call('/v1/replay', { body });
    assert.ok(ordered.ok, `${ordered.status} ${await ordered.text()}`);
    place(dir, 'collector-1', 1);
    await ship(dir, ['drain', '--data', dir]);
    const again = api.objects().get(key);
    assert.ok(again, 'the file is there again');
    assert.equal(createHash('sha256').update(again).digest('hex'), createHash('sha256').update(bytes).digest('hex'));
    assert.ok(readdirSync(dir).includes('ledger.sqlite'));
  });

  it('hears of an order while nothing is to be shipped, and lists the file again', async function () {
    this.timeout(180_000);
    const dir = volume();
    place(dir, 'collector-0', 2);
    const settings = { DATA_DIR: dir, SHIPPER_PORT: '0', LAKE_UPLOAD_URL: api.url, LAKE_API_KEY_FILE: join(dir, 'key') };
    const env = { PATH: process.env.PATH, ...settings, SHIP_INTERVAL_MS: '200', REPLAY_POLL_MS: '300' };
    const child = startChild(process.execPath, [MAIN], { env });
    children.push(child);
    const start = START_MS - HOUR_MS;
    const manifest = () => [...api.objects().keys()].find((name) => name.includes(`shipments_${start}_`));
    for (const untilMs = Date.now() + 60_000; api.objects().size < 6 && Date.now() < untilMs; ) await sleep(100);
    assert.match((await completeness()).body, /^\{[^[]*"isComplete":true/);

    rmSync(join(api.dir, 'lake', manifest() as string));
    const longAgo = Date.now() / 1000 - 3600;
    for (const key of api.objects().keys()) utimesSync(join(api.dir, 'lake', key), longAgo, longAgo);
    const { unlisted } = JSON.parse((await completeness()).body) as { unlisted: { replica: string; keys: string[] }[] };
    assert.deepEqual(
      unlisted.map(({ replica, keys }) => [replica, keys.length]),
      [['collector-0', 2]],
    );
    const referenceIds = unlisted[0].keys.map((key) => key.slice(key.lastIndexOf('/') + 1));
    assert.equal((await api.call('/v1/replay', { body: { ...SHOP, referenceIds } })).status, 202);
    for (const untilMs = Date.now() + 60_000; !manifest() && Date.now() < untilMs; ) await sleep(100);
    assert.match((await completeness()).body, /^\{[^[]*"isComplete":true/);
    assert.equal(await child.end('SIGTERM'), 0, child.output());
  });

  it('ships what came last when it is told to stop', async function () {
    this.timeout(180_000);
    const dir = volume();
    const env = { PATH: process.env.PATH, DATA_DIR: dir, SHIPPER_PORT: '0', LAKE_UPLOAD_URL: api.url, LAKE_API_KEY_FILE: join(dir, 'key') };
    const child = startChild(process.execPath, [MAIN], { env });
    await child.line(/shipper listens/, 50_000);
    place(dir, 'collector-0', 3);
    assert.equal(await child.end('SIGTERM'), 0, child.output());
    assert.equal([...api.objects().keys()].filter((name) => !name.startsWith('shipments')).length, 6);
    assert.ok(!child.output().includes(API_KEY));
  });

  it('scaled from three to one with the API down for all of the grace: drains lose nothing', async function () {
    this.timeout(180_000);
    const dead = `http://127.0.0.1:${await freePort()}`;
    const dirs = [volume(), volume(), volume()];
    const env = { PATH: process.env.PATH, SHIPPER_PORT: '0', LAKE_UPLOAD_URL: dead, SHUTDOWN_GRACE_MS: '1500', BACKOFF_MAX_MS: '200' };
    const children = dirs.map((dir, n) => {
      place(dir, `collector-${n}`, 3);
      return startChild(process.execPath, [MAIN], { env: { ...env, DATA_DIR: dir, LAKE_API_KEY_FILE: join(dir, 'key') } });
    });
    for (const child of children) await child.line(/failed to ship the metrics/, 50_000);
    for (const code of await Promise.all(children.slice(1).map((child) => child.end('SIGTERM')))) assert.equal(code, 0);
    for (const dir of dirs.slice(1)) assert.equal((await ship(dir, ['drain', '--data', dir])).code, 0);
    // The one that stays holds its volume: nobody drains it under its feet.
    const refused = await ship(dirs[0] as string, ['drain']);
    assert.match(refused.output, /is in use by another shipper/);
    await children[0]?.end('SIGTERM');
    assert.equal((await ship(dirs[0] as string, ['drain'])).code, 0);
    assert.equal(api.objects().size, 27, 'two tables and a manifest, three hours, three replicas');
    assert.match((await completeness()).body, /^\{[^[]*"isComplete":true/);
  });
});
