import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { SHIPMENTS_COLUMNS } from '@tallyship/shared/contracts/columns';
import { parquetReadObjects } from 'hyparquet';
import { Volume } from '../../../services/shipper/volume.ts';
import { faults } from '../../support/scripted-cloudzero.ts';
import { CLUSTER, HOUR_MS, type PlacedFile, parquet, Rig, START_MS } from './rig.ts';

describe('shipper', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig();
  });
  afterEach(() => rig.end());

  const manifestOf = async ({ referenceId }: PlacedFile) => {
    const hour = referenceId.split('_')[1];
    const object = rig.lake.objects.get(`${CLUSTER}/shipments_${hour}_${Number(hour) + HOUR_MS}_collector-0-0.parquet`);
    const file = new Uint8Array(object?.bytes ?? []).buffer;
    return parquetReadObjects({ file, compressors: { ZSTD: (input) => zstdDecompressSync(input) } });
  };

  it('ships what is ready, then the manifests of it, and keeps the files', async () => {
    await rig.start();
    const [samples, usage, other] = [rig.placeLake(0), rig.placeLake(0, { table: 'usage', rows: 5 }), rig.placeLake(1, { rows: 7 })];
    await rig.pass(700_000);
    rig.assertArrived([samples, usage, other]);
    assert.equal(rig.stages('lake').shipped.length, 5, 'three files and two manifests');

    const manifest = await manifestOf(samples);
    assert.deepEqual(
      Object.keys(manifest[0] ?? {}),
      SHIPMENTS_COLUMNS.map(({ name }) => name),
    );
    assert.deepEqual(
      manifest.map(({ reference_id, rows, bytes, tries, target, shipper_id, schema_version }) => [
        reference_id,
        Number(rows),
        Number(bytes),
        tries,
        target,
        shipper_id,
        schema_version,
      ]),
      [samples, usage].map((file) => [file.referenceId, file.rows, file.bytes.length, 1, 'lake', 'shipper-1', 1]),
    );
    assert.equal((await rig.get('/healthz')).status, 200);
    assert.equal(await rig.metric('shipper_shipped_files_total{target="lake"}'), 5);
    assert.equal(await rig.metric('shipper_verified_total{target="lake",proof="etag"}'), 5);
    await rig.assertNoSecretTold();
  });

  it('ships a rewritten usage part again, and the manifest says what lies there now', async () => {
    await rig.start();
    const first = rig.placeLake(0, { table: 'usage', rows: 2 });
    await rig.pass(700_000);
    const second = rig.placeLake(0, { table: 'usage', bytes: parquet(9, 5), rows: 9 });
    await rig.pass(700_000);
    assert.equal(first.key, second.key);
    rig.assertArrived([second]);
    const manifest = await manifestOf(second);
    assert.equal(manifest.length, 1);
    assert.equal(Number(manifest[0]?.rows), 9);
  });

  it('does not send the same bytes twice', async () => {
    await rig.start();
    const file = rig.placeLake(0);
    await rig.pass(700_000);
    rig.placeLake(0, { bytes: file.bytes });
    await rig.pass(700_000);
    rig.assertArrived([file]);
    assert.equal(rig.lake.objects.get(`${CLUSTER}/${file.referenceId}`)?.puts, 1);
    assert.equal(await rig.metric('shipper_unchanged_files_total{target="lake"}'), 1);
  });

  it('declares hash and size to its own API alone', async () => {
    await rig.start(['lake', 'cloudzero']);
    rig.placeLake(0);
    rig.placeCloudZero(0);
    await rig.pass(700_000);
    const declared = ({ calls }: typeof rig.lake) => JSON.parse(calls[0]?.body ?? '{}').files[0];
    assert.deepEqual(Object.keys(declared(rig.lake)), ['reference_id', 'sha_256', 'size']);
    assert.deepEqual(Object.keys(declared(rig.cloudZero)), ['reference_id']);
    assert.deepEqual(
      [rig.lake.calls[0]?.headers['x-cloudzero-shipper-id'], rig.lake.calls[0]?.query.get('shipper_id')],
      ['shipper-1', 'shipper-1'],
    );
  });

  it('leaves temporary and foreign files alone', async () => {
    await rig.start();
    const dir = join(rig.dir, 'ready/lake/samples');
    mkdirSync(dir, { recursive: true });
    for (const name of ['half.parquet.tmp', 'notes.txt']) writeFileSync(join(dir, name), 'x');
    const file = rig.placeLake(0);
    await rig.pass(700_000);
    assert.deepEqual(rig.stages('lake').ready, ['half.parquet.tmp', 'notes.txt']);
    assert.ok(rig.lake.objects.has(`${CLUSTER}/${file.referenceId}`));
    assert.equal(await rig.metric('shipper_foreign_files{target="lake"}'), 1);
  });

  it('ships a file that is no Parquet file, with its rows unknown', async () => {
    await rig.start();
    const file = rig.placeLake(0, { bytes: Buffer.from('not parquet at all') });
    await rig.pass(700_000);
    rig.assertArrived([file]);
    assert.equal((await manifestOf(file))[0]?.rows, null);
  });

  for (const [compression, expand] of [
    ['gzip', gunzipSync],
    ['zstd', zstdDecompressSync],
  ] as const)
    it(`sends ${compression} when told to; the ledger holds what was sent`, async () => {
      await rig.start(['lake'], { COMPRESS: compression });
      const file = rig.placeLake(0);
      await rig.pass(700_000);
      const sent = rig.lake.objects.get(`${CLUSTER}/${file.referenceId}`)?.bytes as Buffer;
      assert.ok(expand(sent).equals(file.bytes));
      assert.deepEqual(readFileSync(join(rig.dir, 'shipped/lake', file.key)), file.bytes, 'what is kept is the file itself');
      assert.ok(!existsSync(join(rig.dir, 'packed/lake', file.key)));
      await rig.stop();
    });

  it('ships at once when told to, and once an interval when not', async () => {
    await rig.start(['lake'], { SHIP_AT_ONCE: 'yes' });
    const file = rig.placeLake(0);
    await rig.pass(2_000);
    rig.assertArrived([file]);
  });

  it('uploads at most so many files at one time', async () => {
    await rig.start(['lake'], { SHIP_CONCURRENCY: '2' });
    rig.lake.failStorage(faults.slow(5), 100);
    const files = Array.from({ length: 30 }, (_, n) => rig.placeLake(n));
    await rig.pass(700_000);
    rig.assertArrived(files);
    assert.equal(rig.lake.mostPutting, 2);
  });

  it('keeps its name over restarts, whatever the settings say then', async () => {
    await rig.start();
    await rig.stop();
    await rig.startShipper({ SHIPPER_ID: 'other' });
    rig.placeLake(0);
    await rig.pass(700_000);
    assert.equal(rig.lake.calls[0]?.query.get('shipper_id'), 'shipper-1');
  });

  it('does not share its volume', async () => {
    await rig.start();
    await assert.rejects(rig.startShipper(), /is in use by another shipper/);
  });

  it('ships what came last before it ends', async () => {
    await rig.start();
    const file = rig.placeLake(0);
    await rig.stop();
    rig.assertArrived([file]);
  });

  it('ends within its grace when the target does not answer', async () => {
    await rig.start(['lake'], { SHUTDOWN_GRACE_MS: '300', API_TIMEOUT_MS: '60000' });
    rig.placeLake(0);
    rig.lake.failApi((request) => void request.resume(), 9);
    const startedMs = Date.now();
    await rig.shipper?.close();
    assert.ok(Date.now() - startedMs < 30_000, 'its own limit of 60 s did not end it');
    assert.equal(rig.lake.fired, 1);
    rig.shipper = undefined;
  });

  it('removes shipped files by age', async () => {
    await rig.start(['lake'], { RETENTION_MS: String(2 * HOUR_MS) });
    rig.placeLake(0);
    await rig.pass(700_000);
    assert.equal(rig.stages('lake').shipped.length, 2);
    await rig.pass(3 * HOUR_MS);
    assert.equal(rig.stages('lake').shipped.length, 0);
    assert.equal(await rig.metric('shipper_purged_files_total{reason="age"}'), 2);
  });

  it('removes the oldest shipped files when the volume is full, and never one that is not shipped', async () => {
    await rig.start(['lake'], { MAX_DATA_BYTES: '65536' });
    const old = rig.placeLake(1, { bytes: Buffer.alloc(30_000, 1) });
    await rig.pass(700_000);
    const young = rig.placeLake(0, { bytes: Buffer.alloc(30_000, 2) });
    await rig.pass(700_000);
    assert.ok(rig.stages('lake').shipped.includes(old.referenceId));
    rig.lake.failApi((_, response) => void response.writeHead(503).end(), 1e6);
    const waiting = [5, 6, 7].map((n) => rig.placeLake(n, { bytes: Buffer.alloc(30_000, n) }));
    await rig.pass(700_000);
    const { shipped, sending } = rig.stages('lake');
    assert.deepEqual([shipped.includes(old.referenceId), shipped.includes(young.referenceId), sending.length], [false, false, 3]);
    rig.lake.heal();
    await rig.pass(700_000);
    rig.assertArrived(waiting);
  });

  it('passes over a file that lies beside the folders of targets', async () => {
    await rig.start();
    for (const stage of ['ready', 'sending', 'shipped']) {
      mkdirSync(join(rig.dir, stage), { recursive: true });
      writeFileSync(join(rig.dir, stage, 'notes.txt'), 'stray');
    }
    const file = rig.placeLake(0);
    await rig.pass(1_400_000);
    rig.assertArrived([file]);
    assert.deepEqual(await new Volume(rig.dir).targets(), ['lake']);
    assert.doesNotMatch(rig.said.join(''), /ENOTDIR/);
  });

  it('says why the API puts it off, and nothing of its key', async () => {
    await rig.start();
    rig.lake.failApi(faults.status(503, {}, 'MAX_OPEN_URLS is reached'), 1e6);
    rig.placeLake(0);
    await rig.pass(700_000);
    assert.match(rig.said.join(''), /503 MAX_OPEN_URLS is reached/);
  });

  it('names the remedy for a ledger that is damaged', async () => {
    await rig.start();
    const file = rig.placeLake(0);
    await rig.stop();
    const path = join(rig.dir, 'ledger.sqlite');
    for (const name of readdirSync(rig.dir).filter((one) => one.startsWith('ledger.sqlite-'))) rmSync(join(rig.dir, name));
    writeFileSync(path, Buffer.alloc(8192, 'damage'));
    await assert.rejects(rig.startShipper(), /open .*ledger\.sqlite: the ledger is damaged .* move it and its -wal and -shm files away/);
    rmSync(path);
    await rig.startShipper();
    await rig.pass(700_000);
    rig.assertArrived([file]);
  });

  it('keeps what is unshipped and due over restarts', async () => {
    await rig.start();
    rig.lake.failApi((_, response) => void response.writeHead(500).end(), 1e6);
    const files = [rig.placeLake(0), rig.placeLake(1)];
    await rig.pass(700_000);
    assert.equal(rig.stages('lake').sending.length, 2);
    await rig.stop();
    rig.lake.heal();
    await rig.startShipper();
    rig.assertArrived(files);
    assert.ok(statSync(join(rig.dir, 'ledger.sqlite')).size > 0);
    assert.ok(rig.clock.now() > START_MS);
  });
});
