import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalStore, startLocalStore } from '../../services/upload-api/local-store/local-store.ts';
import { randomOf } from '../crash/random.ts';
import { type Child, freePort, sleep } from '../support/child.ts';
import { agreementFaults, readLedger, waitingFiles } from '../support/pipeline-lake.ts';
import { Pipeline, STORE_CREDENTIALS } from '../support/pipeline-processes.ts';
import { type Sent, sendShards } from '../support/pipeline-sender.ts';
import { countSamples, withoutEpoch } from './replicas-answers.ts';
import { makeStream } from './replicas-stream.ts';

const HOUR_MS = 3_600_000;
const REPLICAS = ['r0', 'r1', 'r2'] as const;
const GRACE_MS = 4_000;
/** What a busy machine may add to a bounded wait. */
const SLACK_MS = 6_000;
const COLLECTOR = { SEAL_INTERVAL_MS: '2000', SEAL_DELAY_MS: '1000', USAGE_INTERVAL_MS: '800' };
const SHIPPER = { SHIP_INTERVAL_MS: '1500', SHIP_AT_ONCE: 'yes', BACKOFF_MAX_MS: '1000', SHUTDOWN_GRACE_MS: String(GRACE_MS) };

type Ended = { code: number | null; tookMs: number; shipped: number; waiting: string[] };

describe('three replicas that become one while the upload API is down', function () {
  this.timeout(180_000);
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-drain-'));
  const lakeDir = join(dir, 'lake');
  const stream = makeStream({ hours: 2, nodes: 5, toMs: Math.floor(Date.now() / HOUR_MS) * HOUR_MS });
  const { feedFromMs, feedToMs, cluster } = stream.events;
  const ended: Partial<Record<(typeof REPLICAS)[number], Ended>> = {};
  let store: LocalStore;
  let pipeline: Pipeline;
  let sent: Sent;
  let early: Awaited<ReturnType<Pipeline['runShipper']>>;
  let inUse: Awaited<ReturnType<Pipeline['runShipper']>>;
  let drains: Awaited<ReturnType<Pipeline['runShipper']>>[];

  before(async () => {
    store = await startLocalStore({ dir: lakeDir, host: '127.0.0.1', port: 0, credentials: STORE_CREDENTIALS });
    const identity = { account: cluster.account, region: cluster.region, cluster: cluster.name };
    pipeline = new Pipeline({
      dir,
      storeUrl: store.url,
      uploadPort: await freePort(),
      identity,
      collector: COLLECTOR,
      shipper: SHIPPER,
    });
    let api = await pipeline.startUploadApi();
    const ports = await Promise.all(REPLICAS.map(freePort));
    let urls = ports.map((port) => pipeline.writeUrl(port));
    const collectors = await Promise.all(REPLICAS.map((replica, at) => pipeline.startCollector(replica, ports[at] as number)));
    const shippers = await Promise.all(REPLICAS.map((replica) => pipeline.startShipper(replica)));

    const random = randomOf(3);
    const before = await sendShards(
      stream.shards.map(({ early }) => ({ early, late: [], rest: [] })),
      { urls: () => urls, random },
    );
    const hasShipped = (replica: string) => readLedger(pipeline.dataDir(replica)).some(({ key }) => key.startsWith('samples/'));
    for (const untilMs = Date.now() + 30_000; !REPLICAS.every(hasShipped) && Date.now() < untilMs; ) await sleep(100);
    // It hangs for the first replica that goes, and is gone for the second one: neither lets a shipper hang.
    process.kill(api.pid, 'SIGSTOP');
    sent = await sendShards(
      stream.shards.map(({ late, rest }) => ({ early: [...late, ...rest.slice(0, -2)], late: [], rest: rest.slice(-2) })),
      {
        urls: () => urls,
        random,
        beforeLate: async () => {
          ended.r1 = await stopReplica('r1', collectors[1] as Child, shippers[1] as Child);
          await api.end('SIGKILL');
          ended.r2 = await stopReplica('r2', collectors[2] as Child, shippers[2] as Child);
          urls = urls.slice(0, 1);
          early = await pipeline.runShipper('drain', 'r1', { DRAIN_TIMEOUT_MS: '1500' });
        },
      },
    );
    sent.samples += before.samples;
    inUse = await pipeline.runShipper('drain', 'r0');
    api = await pipeline.startUploadApi();
    drains = await Promise.all(['r1', 'r2'].map((replica) => pipeline.runShipper('drain', replica)));
    ended.r0 = await stopReplica('r0', collectors[0] as Child, undefined);
    const isLeft = () => waitingFiles(pipeline.dataDir('r0')).length > 0;
    for (const untilMs = Date.now() + 30_000; isLeft() && Date.now() < untilMs; ) await sleep(200);
    assert.equal(await shippers[0]?.end('SIGTERM'), 0);
  });

  after(async () => {
    await pipeline?.close();
    await store?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  for (const replica of ['r1', 'r2'] as const)
    it(`lets ${replica} end within its grace period, with what it could not ship on its volume`, () => {
      const { code, tookMs, shipped, waiting } = ended[replica] as Ended;
      console.log(`      ${shipped} files shipped before, ${waiting.length} waiting; ended after ${Math.round(tookMs)} ms of ${GRACE_MS}`);
      assert.ok(shipped > 0);
      assert.equal(code, 0);
      assert.ok(tookMs < GRACE_MS + SLACK_MS, `${tookMs} ms`);
      assert.ok(
        waiting.some((path) => /\/samples\//.test(path)),
        waiting.join('\n'),
      );
      assert.deepEqual(
        waiting.filter((path) => path.endsWith('.tmp')),
        [],
      );
    });

  it('says that files are left, and why, when it drains while the API is still down', () => {
    assert.equal(early.code, 1, early.output);
    assert.match(early.output, /^[1-9][0-9]* files are left$/m);
    assert.match(early.output, /ECONNREFUSED/);
  });

  it('does not drain a volume that a shipper still holds', () => {
    assert.notEqual(inUse.code, 0);
    assert.match(inUse.output, /is in use by another shipper/);
  });

  it('drains both orphaned volumes once the API is back, and again without effect', async () => {
    for (const { code, output } of drains) {
      assert.equal(code, 0, output);
      assert.match(output, /drained: nothing is left/);
    }
    const before = readLedger(pipeline.dataDir('r1'));
    const again = await pipeline.runShipper('drain', 'r1');
    assert.equal(again.code, 0, again.output);
    assert.deepEqual(readLedger(pipeline.dataDir('r1')), before);
  });

  it('has every acknowledged sample in the lake', async () => {
    assert.equal(sent.samples, stream.samples);
    assert.equal((await countSamples(lakeDir)).distinct, stream.samples);
  });

  it('has objects, ledgers and manifests that agree, for all three', async () => {
    const volumes = Object.fromEntries(REPLICAS.map((replica) => [replica, pipeline.dataDir(replica)]));
    assert.deepEqual(await agreementFaults(lakeDir, volumes), []);
  });

  it('is complete, the replicas that are gone too', async () => {
    const from = Math.floor(feedFromMs / HOUR_MS) * HOUR_MS;
    const { isComplete, replicas } = await pipeline.completeness(from, Math.ceil(feedToMs / HOUR_MS) * HOUR_MS);
    assert.deepEqual(
      replicas.map(({ replica, missing, short }) => ({ replica: withoutEpoch(replica), missing, short })),
      REPLICAS.map((replica) => ({ replica, missing: [], short: [] })),
    );
    assert.equal(isComplete, true);
  });

  it('prints sums that are those of its ledger', async () => {
    const { code, output } = await pipeline.runShipper('status', 'r2');
    assert.equal(code, 0, output);
    const shipments = readLedger(pipeline.dataDir('r2'));
    const sum = (column: 'rows' | 'bytes' | 'tries') => shipments.reduce((total, shipment) => total + Number(shipment[column]), 0);
    const numbers = [shipments.length, sum('rows'), sum('bytes'), sum('tries')].join(' +');
    assert.match(output, new RegExp(`^lake +all +${numbers}$`, 'm'));
  });

  /** SIGTERM to both at one time, as a pod gets it. */
  async function stopReplica(replica: string, collector: Child, shipper: Child | undefined): Promise<Ended> {
    const startedMs = performance.now();
    const codes = await Promise.all([collector.end('SIGTERM'), shipper?.end('SIGTERM') ?? 0]);
    assert.equal(codes[0], 0, collector.output());
    const tookMs = performance.now() - startedMs;
    const dataDir = pipeline.dataDir(replica);
    return { code: codes[1], tookMs, shipped: readLedger(dataDir).length, waiting: waitingFiles(dataDir) };
  }
});
