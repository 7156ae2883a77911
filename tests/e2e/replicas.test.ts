import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalStore, startLocalStore } from '../../services/upload-api/local-store/local-store.ts';
import { randomOf } from '../crash/random.ts';
import { type Child, freePort, sleep } from '../support/child.ts';
import { agreementFaults, readLedger } from '../support/pipeline-lake.ts';
import { Pipeline, STORE_CREDENTIALS } from '../support/pipeline-processes.ts';
import { type Sent, sendShards } from '../support/pipeline-sender.ts';
import { costFaults, costsOf, countMissing, countSamples, withoutEpoch } from './replicas-answers.ts';
import { makeStream } from './replicas-stream.ts';

const HOUR_MS = 3_600_000;
const HOURS = 3;
const REPLICAS = ['r0', 'r1'] as const;
/** A sender that hears nothing sends again, to either replica. */
const LOSS_SHARE = 0.05;
const TOLERANCE = 1e-6;
/** Hours are cut and their parts rewritten all the time, so that what is shipped has many generations. */
const COLLECTOR = { SEAL_INTERVAL_MS: '2500', SEAL_DELAY_MS: '1500', USAGE_INTERVAL_MS: '1000', LOG_LEVEL: 'info' };
const SHIPPER = { SHIP_INTERVAL_MS: '2000', SHIP_AT_ONCE: 'yes', BACKOFF_MAX_MS: '1000', SHUTDOWN_GRACE_MS: '20000' };

describe('two collectors and two shippers, one upload API, one lake', function () {
  this.timeout(180_000);
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-replicas-'));
  const lakeDir = join(dir, 'lake');
  const baselineDir = join(dir, 'baseline');
  const toMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const stream = makeStream({ hours: HOURS, nodes: 6, halves: ['a', 'b'], toMs });
  const { fromMs, feedFromMs, feedToMs, cluster } = stream.events;
  const whole = { fromMs: Math.floor(feedFromMs / HOUR_MS) * HOUR_MS, toMs: Math.ceil(feedToMs / HOUR_MS) * HOUR_MS };
  const random = randomOf(11);
  let store: LocalStore;
  let pipeline: Pipeline;
  let sent: Sent;

  before(async () => {
    store = await startLocalStore({ dir: lakeDir, host: '127.0.0.1', port: 0, credentials: STORE_CREDENTIALS });
    pipeline = new Pipeline({
      dir,
      storeUrl: store.url,
      uploadPort: await freePort(),
      identity: { account: cluster.account, region: cluster.region, cluster: cluster.name },
      collector: COLLECTOR,
      shipper: SHIPPER,
    });
    await sendToOne();
    sent = await sendToTwo();
  });

  after(async () => {
    await pipeline?.close();
    await store?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('took every sample of the stream, through restarts, with requests that came to the other replica again', () => {
    assert.equal(sent.samples, stream.samples);
    assert.ok(stream.samples > 1_000_000, `${stream.samples} samples`);
    assert.ok(sent.retries > 0 && sent.moved > 0, JSON.stringify(sent));
  });

  it('has every acknowledged sample in the lake, and no other', async () => {
    const found = await countSamples(lakeDir);
    assert.equal(found.distinct, stream.samples);
    assert.equal(await countMissing(baselineDir, lakeDir), 0);
    // What both replicas took is in the lake twice; the costs must not see it.
    assert.ok(found.rows > found.distinct);
    console.log(
      `      ${found.rows} rows for ${found.distinct} samples; ${sent.retries} retries, ${sent.moved} of them to the other replica`,
    );
  });

  it('has a key of its own for every file of every replica; objects, ledgers and manifests agree', async () => {
    const volumes = Object.fromEntries(REPLICAS.map((replica) => [replica, pipeline.dataDir(replica)]));
    assert.deepEqual(await agreementFaults(lakeDir, volumes), []);
    for (const replica of REPLICAS) assert.ok(readLedger(pipeline.dataDir(replica)).length >= 10, replica);
  });

  for (const group of ['namespace', 'workload'] as const)
    it(`costs by ${group} and hour what the same stream costs through one collector`, async () => {
      const expected = await costsOf(baselineDir, fromMs, toMs, group);
      const answer = await costsOf(lakeDir, fromMs, toMs, group);
      assert.ok(expected.total > 1 && expected.rows.length > 30, `${expected.total} USD in ${expected.rows.length} rows`);
      assert.deepEqual(costFaults(answer, expected, TOLERANCE), []);
      assert.deepEqual(answer.unpriced, expected.unpriced);
      assert.deepEqual(answer.coverage, expected.coverage);
      assert.deepEqual(answer.warnings, expected.warnings);
    });

  it('is complete, both replicas, and is not once an object is gone', async () => {
    const { isComplete, replicas, unreadable } = await pipeline.completeness(whole.fromMs, whole.toMs);
    assert.deepEqual(unreadable, []);
    assert.deepEqual(
      replicas.map(({ replica, missing, short }) => ({ replica: withoutEpoch(replica), missing, short })),
      REPLICAS.map((replica) => ({ replica, missing: [], short: [] })),
    );
    assert.equal(isComplete, true);
    const shipments = REPLICAS.flatMap((replica) => readLedger(pipeline.dataDir(replica))).filter(
      ({ key }) => !key.startsWith('shipments/'),
    );
    assert.equal(
      replicas.reduce((sum, { files }) => sum + files, 0),
      shipments.length,
    );

    const lost = join(lakeDir, shipments[3]?.key as string);
    renameSync(lost, join(dir, 'lost'));
    assert.equal((await pipeline.completeness(whole.fromMs, whole.toMs)).isComplete, false);
    renameSync(join(dir, 'lost'), lost);
  });

  /** The same stream in order through a collector that nothing happens to, straight into a lake folder. */
  async function sendToOne(): Promise<void> {
    const port = await freePort();
    const collector = await pipeline.startCollector('baseline', port, { LAKE_OUTPUT_DIR: baselineDir, SEAL_INTERVAL_MS: '3600000' });
    const one = await sendShards(stream.shards, { urls: () => [pipeline.writeUrl(port)], random });
    assert.equal(one.samples, stream.samples);
    assert.equal(await collector.end('SIGTERM'), 0);
  }

  async function sendToTwo(): Promise<Sent> {
    await pipeline.startUploadApi();
    const ports = await Promise.all(REPLICAS.map(freePort));
    const urls = ports.map((port) => pipeline.writeUrl(port));
    const collectors = await Promise.all(REPLICAS.map((replica, at) => pipeline.startCollector(replica, ports[at] as number)));
    const shippers = await Promise.all(REPLICAS.map((replica) => pipeline.startShipper(replica)));
    const restart = async (at: 0 | 1, signal: 'SIGTERM' | 'SIGKILL') => {
      await Promise.all([collectors[at]?.end(signal), shippers[at]?.end(signal)]);
      collectors[at] = await pipeline.startCollector(REPLICAS[at], ports[at] as number);
      shippers[at] = await pipeline.startShipper(REPLICAS[at]);
    };
    const restarts: Promise<void>[] = [];
    const sent = await sendShards(stream.shards, {
      urls: () => urls,
      random,
      lossShare: LOSS_SHARE,
      onProgress: (share) => {
        if (share > 0.25 && restarts.length === 0) restarts.push(restart(0, 'SIGTERM'));
        if (share > 0.5 && restarts.length === 1) restarts.push(restart(1, 'SIGKILL'));
      },
      beforeLate: async () => {
        await Promise.all(restarts);
        await firstHourIsShipped();
      },
    });
    await Promise.all(restarts);
    await endAll(collectors);
    await endAll(shippers);
    return sent;
  }

  /** Late samples come late for both replicas: each has shipped its part of their hour. */
  async function firstHourIsShipped(): Promise<void> {
    const folder = join(
      lakeDir,
      `samples/v1/account=${cluster.account}/region=${cluster.region}/cluster=${cluster.name}/date=${new Date(fromMs).toISOString().slice(0, 10)}`,
    );
    for (const untilMs = Date.now() + 60_000; Date.now() < untilMs; await sleep(200)) {
      const names = await Promise.resolve()
        .then(() => readdirSync(folder))
        .catch(() => []);
      if (REPLICAS.every((replica) => names.some((name) => name.startsWith(`samples_${fromMs}_`) && name.includes(`_${replica}.`)))) return;
    }
    throw new Error('the first hour was not shipped in 60 s');
  }

  async function endAll(children: Child[]): Promise<void> {
    for (const child of children) assert.equal(await child.end('SIGTERM'), 0, child.output());
  }
});
