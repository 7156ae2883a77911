import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { SHIPPER_SETTINGS } from '../../../services/shipper/settings.ts';
import { targetsOf } from '../../../services/shipper/target.ts';
import { faults } from '../../support/scripted-cloudzero.ts';
import { CLUSTER, HOUR_MS, parquet, Rig } from './rig.ts';

describe('shipper: targets', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig();
  });
  afterEach(() => rig.end());

  it('a dead CloudZero key for days: the lake flows, the loss over the quota is counted and alerted', async function () {
    this.timeout(180_000);
    const bytes = 20_000;
    await rig.start(['lake', 'cloudzero'], {
      CLOUDZERO_QUOTA_BYTES: '100000',
      SHIP_INTERVAL_MS: String(HOUR_MS),
      BACKOFF_MAX_MS: String(HOUR_MS),
      FILE_BACKOFF_MAX_MS: String(HOUR_MS),
    });
    rig.cloudZero.keys.clear();
    const placed = [];
    for (let hour = 0; hour < 72; hour += 2) {
      const lakeFile = rig.placeLake(hour);
      placed.push(rig.placeCloudZero(-hour, Buffer.alloc(bytes, hour)));
      await rig.pass(2 * HOUR_MS);
      rig.assertArrived([lakeFile]);
    }
    assert.equal(rig.cloudZero.objects.size, 0);
    const lost = await rig.metric('shipper_lost_files_total{target="cloudzero"}');
    assert.ok(lost >= 30, `${lost} files are lost`);
    assert.equal(await rig.metric('shipper_lost_bytes_total{target="cloudzero"}'), lost * bytes);
    assert.equal(rig.said.filter((line) => line.includes('data lost') && line.includes('"level":"error"')).length, lost);
    assert.ok((await rig.metric('shipper_unshipped_bytes{target="cloudzero"}')) <= 100_000);
    assert.deepEqual(
      [await rig.metric('shipper_target_up{target="lake"}'), await rig.metric('shipper_target_up{target="cloudzero"}')],
      [1, 0],
    );
    assert.equal((await rig.get('/readyz')).status, 200, 'a bestEffort target does not make the shipper unready');
    assert.match((await rig.get('/healthz')).text, /cloudzero: unauthorized: .*403, the key is refused/);
    assert.ok((await rig.metric('shipper_run_fail_total{error_status_code="err-unauthorized"}')) > 0);

    rig.cloudZero.keys.add(readFileSync(rig.keyFile('cloudzero'), 'utf8').trim());
    await rig.pass(3 * HOUR_MS);
    rig.assertArrived(placed.slice(lost));
    assert.equal(rig.cloudZero.objects.size, placed.length - lost);
    await rig.assertNoSecretTold();
  });

  it('a target that hangs does not delay the other', async () => {
    await rig.start(['lake', 'cloudzero'], { API_TIMEOUT_MS: '60000' });
    rig.cloudZero.failApi(faults.silence(), 1000);
    rig.placeCloudZero(0);
    const file = rig.placeLake(0);
    rig.clock.advance(700_000);
    const waiting = () => rig.stages('lake').sending.length + rig.stages('lake').ready.length;
    for (const untilMs = Date.now() + 30_000; Date.now() < untilMs && waiting() > 0; )
      await new Promise((resolve) => setTimeout(resolve, 20));
    rig.assertArrived([file]);
    assert.equal(rig.stages('cloudzero').sending.length, 1, 'the other still hangs');
    await rig.cloudZero.close();
    await rig.asleep();
  });

  it('the key of one cluster refused does not keep the other clusters', async () => {
    await rig.start();
    const file = rig.placeLake(0);
    const other = join(rig.dir, 'ready/lake', file.key.replace('cluster=shop', 'cluster=bank'));
    mkdirSync(dirname(other), { recursive: true });
    writeFileSync(other, file.bytes);
    rig.lake.failApi(faults.status(403), 2);
    await rig.pass(601_000);
    assert.equal(rig.lake.fired, 2, 'the key is tried twice');
    assert.equal(rig.lake.objects.size > 0, true);
    await rig.pass(700_000);
    rig.assertArrived([file]);
  });

  describe('replay', () => {
    it('sends a shipped file again to the URL that it is given', async () => {
      await rig.start(['cloudzero']);
      const file = rig.placeCloudZero(5);
      await rig.pass(700_000);
      rig.cloudZero.replay = [{ ref_id: file.referenceId, url: rig.cloudZero.uploadUrl('again', file.referenceId) }];
      rig.placeCloudZero(4);
      await rig.pass(700_000);
      assert.deepEqual(rig.cloudZero.objects.get(`again/${file.referenceId}`)?.bytes, file.bytes);
      assert.equal(rig.stages('cloudzero').shipped.length, 2);
      assert.equal(await rig.metric('shipper_replay_request_total'), 1);
      assert.equal(await rig.metric('shipper_disk_replay_request_current'), 0);
      await rig.assertNoSecretTold();
    });

    it('asks for a URL of its own when the given one does not work, over a restart too', async () => {
      await rig.start(['cloudzero']);
      const file = rig.placeCloudZero(5);
      await rig.pass(700_000);
      rig.cloudZero.replay = [{ ref_id: file.referenceId, url: 'http://127.0.0.1:1/dead?X-Amz-Signature=1' }];
      rig.placeCloudZero(4);
      await rig.pass(601_000);
      assert.equal(await rig.metric('shipper_replay_request_error_total'), 1);
      await rig.stop();
      await rig.startShipper();
      await rig.pass(700_000);
      assert.equal(rig.cloudZero.objects.get(`${CLUSTER}/${file.referenceId}`)?.puts, 2);
      rig.assertArrived([file]);
    });

    it('gives up by name what is no longer here, and tells it until it is heard', async () => {
      await rig.start(['cloudzero']);
      const gone = rig.placeCloudZero(5);
      await rig.pass(700_000);
      rmSync(join(rig.dir, 'shipped/cloudzero', gone.key));
      rig.cloudZero.replay = [{ ref_id: gone.referenceId, url: rig.cloudZero.uploadUrl('again', gone.referenceId) }];
      rig.placeCloudZero(4);
      rig.cloudZero.failApi((_, __, proceed) => proceed(), 1);
      rig.cloudZero.failApi(faults.status(500), 1);
      await rig.pass(1_400_000);
      assert.equal(rig.cloudZero.fired, 2);
      const abandons = rig.cloudZero.calls.filter(({ path }) => path.endsWith('/abandon'));
      assert.deepEqual(
        abandons.map(({ body }) => JSON.parse(body)),
        [[{ reference_id: gone.referenceId, reason: 'failed to find this file locally' }]],
      );
      assert.equal(await rig.metric('shipper_replay_request_abandon_files_total'), 1);
      assert.equal(await rig.metric('shipper_replay_request_abandon_files_error_total'), 1);
      assert.equal((await rig.get('/healthz')).status, 200);
    });

    for (const header of ['not json', '{"ref_id":"x"}', '[null,3,{"ref_id":"../../etc/passwd","url":"http://h/"}]'])
      it(`names a replay header that is none: ${header}`, async () => {
        await rig.start(['cloudzero']);
        const file = rig.placeCloudZero(0);
        rig.cloudZero.failApi((_, response, proceed) => {
          response.setHeader('x-cloudzero-replay', header);
          return proceed();
        });
        await rig.pass(700_000);
        rig.assertArrived([file]);
        assert.equal(await rig.metric('shipper_faults_total{target="cloudzero",fault="bad_answer"}'), 1);
      });
  });

  describe('the protocol of 2024', () => {
    it('pairs URLs with files by index', async () => {
      await rig.start(['cloudzero'], { CLOUDZERO_PROTOCOL: '2024', SHIP_CONCURRENCY: '1' });
      rig.placeCloudZero(1);
      rig.placeCloudZero(0);
      await rig.pass(700_000);
      assert.equal(rig.stages('cloudzero').shipped.length, 2);
      assert.deepEqual(
        [...rig.cloudZero.objects.values()].map(({ bytes }) => bytes),
        [parquet(2, 1), parquet(2, 0)],
      );
    });

    for (const [name, answer, kind] of [
      ['fewer URLs than files', (urls: string[]) => ({ urls: urls.slice(0, 1) }), 'no_urls'],
      ['more URLs than files', (urls: string[]) => ({ urls: [...urls, ...urls] }), 'bad_answer'],
      ['no list', () => ({ urls: 'x' }), 'bad_answer'],
      ['no URLs', () => ({ urls: [] }), 'no_urls'],
      ['numbers for URLs', () => ({ urls: [1, 2] }), 'bad_answer'],
    ] as const)
      it(name, async () => {
        await rig.start(['cloudzero'], { CLOUDZERO_PROTOCOL: '2024' });
        rig.placeCloudZero(1);
        rig.placeCloudZero(0);
        const urls = [rig.cloudZero.uploadUrl('a', '1'), rig.cloudZero.uploadUrl('a', '2')];
        rig.cloudZero.failApi(faults.answer(JSON.stringify(answer(urls))));
        await rig.pass(1_400_000);
        assert.equal(rig.cloudZero.fired, 1);
        assert.ok((await rig.metric(`shipper_faults_total{target="cloudzero",fault="${kind}"}`)) > 0);
        assert.equal(rig.stages('cloudzero').shipped.length, 2);
        assert.deepEqual(new Set([...rig.cloudZero.objects.values()].map(({ puts }) => puts)), new Set([1]));
      });
  });

  it('says which settings a target lacks', () => {
    const read = (env: Record<string, string>) => targetsOf(readSettings(SHIPPER_SETTINGS, { DATA_DIR: '/d', ...env }));
    assert.throws(() => read({}), /no target: set LAKE_UPLOAD_URL or CLOUDZERO_API_KEY_FILE/);
    assert.throws(() => read({ LAKE_UPLOAD_URL: 'http://h' }), /LAKE_API_KEY_FILE is required with LAKE_UPLOAD_URL/);
    assert.throws(() => read({ LAKE_UPLOAD_URL: 'ftp://h', LAKE_API_KEY_FILE: '/k' }), /LAKE_UPLOAD_URL is not an http or https URL/);
    assert.throws(() => read({ LAKE_UPLOAD_URL: 'http://u:p@h', LAKE_API_KEY_FILE: '/k' }), /without credentials/);
    const [lake] = read({ LAKE_UPLOAD_URL: 'http://h:1', LAKE_API_KEY_FILE: '/k' });
    assert.equal(lake?.base.href, 'http://h:1/v1/container-metrics');
  });
});

describe("shipper: CloudZero's own metric names", () => {
  const NAMES = `shipper_shutdown_total shipper_run_fail_total shipper_new_files_error_total shipper_new_files_processing_current
    shipper_handle_request_file_count shipper_handle_request_success_total shipper_presigned_url_error_total shipper_file_upload_error_total
    shipper_mark_file_uploaded_error_total shipper_disk_total_size_bytes shipper_disk_current_usage_bytes
    shipper_disk_current_usage_percentage shipper_disk_handle_error_total function_execution_seconds shipper_replay_request_total
    shipper_replay_request_current shipper_replay_request_save_error_total shipper_replay_request_file_count
    shipper_replay_request_error_total shipper_replay_request_abandon_files_total shipper_replay_request_abandon_files_error_total
    shipper_disk_current_unsent_file shipper_disk_current_sent_file shipper_disk_replay_request_current shipper_disk_cleanup_failure_total
    shipper_disk_cleanup_success_total shipper_disk_cleanup_percentage`.split(/\s+/);

  it('are all there, and say what happened', async () => {
    const rig = new Rig();
    try {
      await rig.start(['cloudzero']);
      rig.cloudZero.failApi(faults.status(500));
      rig.cloudZero.failStorage(faults.status(500));
      rig.placeCloudZero(0);
      await rig.pass(700_000);
      rig.cloudZero.failApi(faults.status(500), 1000);
      rig.placeCloudZero(1);
      await rig.pass(700_000);
      const { text } = await rig.get('/metrics');
      for (const name of NAMES) assert.match(text, new RegExp(`^# TYPE ${name} `, 'm'), name);
      const value = (name: string) => rig.metric(name);
      assert.equal(await value('shipper_file_upload_error_total'), 1);
      assert.ok((await value('shipper_presigned_url_error_total')) > 1);
      assert.equal(await value('shipper_handle_request_success_total'), 1);
      assert.deepEqual([await value('shipper_disk_current_unsent_file'), await value('shipper_disk_current_sent_file')], [1, 1]);
      assert.ok((await value('shipper_disk_current_usage_percentage')) > 0);
      assert.ok((await value('shipper_run_fail_total{error_status_code="err-http-request-failed"}')) > 0);
      assert.ok((await value('shipper_disk_cleanup_success_total')) > 0);
    } finally {
      await rig.end();
    }
  });
});
