import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { faults, type ScriptedCloudZero } from '../../support/scripted-cloudzero.ts';
import { CLUSTER, HOUR_MS, Rig } from './rig.ts';

const MINUTE_MS = 60_000;

describe('shipper: replays while nothing is to be shipped', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig();
  });
  afterEach(() => rig.end());

  /** Clusters of the calls that had no files, in order. */
  const polled = ({ calls }: ScriptedCloudZero) =>
    calls
      .filter(({ path, referenceIds }) => path.endsWith('/upload') && referenceIds.length === 0)
      .map(({ query }) => query.get('cluster_name'));
  const placeOther = () => {
    const { key, bytes } = rig.placeLake(0);
    const other = join(rig.dir, 'ready/lake', key.replace('cluster=shop', 'cluster=shop-2'));
    mkdirSync(dirname(other), { recursive: true });
    writeFileSync(other, bytes);
  };

  it('sends again what is ordered, without a new file', async () => {
    await rig.start();
    const file = rig.placeLake(0);
    await rig.pass(601_000);
    rig.lake.replay = [{ ref_id: file.referenceId, url: rig.lake.uploadUrl(CLUSTER, file.referenceId) }];
    await rig.pass(20 * MINUTE_MS);
    rig.assertArrived([file]);
    assert.equal(rig.lake.objects.get(`${CLUSTER}/${file.referenceId}`)?.puts, 2);
    const poll = rig.lake.calls.find(({ referenceIds }) => referenceIds.length === 0);
    assert.deepEqual([poll?.query.get('count'), JSON.parse(poll?.body ?? '')], ['0', { shipperId: 'shipper-1', files: [] }]);
    await rig.assertNoSecretTold();
  });

  it('gives up by name what is no longer here', async () => {
    await rig.start();
    const file = rig.placeLake(0);
    await rig.pass(601_000);
    rmSync(join(rig.dir, 'shipped/lake', file.key));
    rig.lake.replay = [{ ref_id: file.referenceId, url: rig.lake.uploadUrl(CLUSTER, file.referenceId) }];
    await rig.pass(20 * MINUTE_MS);
    assert.deepEqual(
      rig.lake.calls.filter(({ path }) => path.endsWith('/abandon')).map(({ body }) => JSON.parse(body)[0].reference_id),
      [file.referenceId],
    );
  });

  it('asks for each cluster that it knows, once in ten minutes however many cycles there are', async () => {
    await rig.start(['lake'], { SHIP_INTERVAL_MS: String(MINUTE_MS) });
    await rig.pass(15 * MINUTE_MS);
    assert.deepEqual(polled(rig.lake), [], 'nothing was ever shipped');
    placeOther();
    await rig.pass(MINUTE_MS);
    await rig.pass(9 * MINUTE_MS);
    assert.deepEqual(polled(rig.lake), [], 'both clusters have been asked along with their files');
    await rig.pass(30 * MINUTE_MS);
    assert.deepEqual(polled(rig.lake).sort(), ['shop', 'shop', 'shop', 'shop-2', 'shop-2', 'shop-2']);
  });

  it('asks at once after a restart, and not while it stops', async () => {
    await rig.start();
    placeOther();
    await rig.pass(601_000);
    await rig.stop();
    assert.deepEqual(polled(rig.lake), []);
    rig.clock.advance(HOUR_MS);
    await rig.startShipper();
    assert.deepEqual(polled(rig.lake), ['shop-2', 'shop']);
    rig.clock.advance(9 * MINUTE_MS);
    await rig.stop();
    assert.deepEqual(polled(rig.lake), ['shop-2', 'shop']);
  });

  it('asks as often as it is told, and no more for what the ledger has forgotten', async () => {
    await rig.start(['lake'], { REPLAY_POLL_MS: String(30 * MINUTE_MS), LEDGER_RETENTION_MS: String(2 * HOUR_MS) });
    rig.placeLake(0);
    await rig.pass(601_000);
    await rig.pass(HOUR_MS);
    assert.equal(polled(rig.lake).length, 2);
    await rig.pass(2 * HOUR_MS);
    const asked = polled(rig.lake).length;
    await rig.pass(5 * HOUR_MS);
    assert.equal(polled(rig.lake).length, asked);
  });

  it('never asks CloudZero', async () => {
    await rig.start(['lake', 'cloudzero']);
    rig.placeCloudZero(0);
    rig.placeLake(0);
    await rig.pass(2 * HOUR_MS);
    assert.ok(polled(rig.lake).length > 5);
    assert.deepEqual(polled(rig.cloudZero), []);
    assert.equal(rig.cloudZero.calls.length, 1);
  });

  it('counts and logs a call that fails; nothing waits, so the target is well', async () => {
    await rig.start(['lake'], { SHIP_INTERVAL_MS: String(MINUTE_MS) });
    placeOther();
    await rig.pass(2 * MINUTE_MS);
    rig.lake.failApi(faults.status(500), 2);
    await rig.pass(13 * MINUTE_MS);
    assert.equal(rig.lake.fired, 2, 'one call a cycle: what keeps the API from answering keeps it from all');
    assert.deepEqual(polled(rig.lake), []);
    assert.equal(await rig.metric('shipper_faults_total{target="lake",fault="unavailable"}'), 2);
    assert.ok(rig.said.some((line) => line.includes('"level":"warn"') && line.includes('replays')));
    assert.equal((await rig.get('/healthz')).status, 200);
    await rig.pass(10 * MINUTE_MS);
    assert.deepEqual(polled(rig.lake).sort(), ['shop', 'shop-2']);
  });

  it('goes on to the next cluster when one is refused', async () => {
    await rig.start(['lake'], { SHIP_INTERVAL_MS: String(MINUTE_MS) });
    placeOther();
    await rig.pass(2 * MINUTE_MS);
    rig.lake.failApi(faults.status(403), 2);
    await rig.pass(11 * MINUTE_MS);
    assert.deepEqual(polled(rig.lake), ['shop']);
    assert.equal((await rig.get('/readyz')).status, 200);
  });
});
