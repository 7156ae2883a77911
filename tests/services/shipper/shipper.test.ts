import assert from 'node:assert/strict';
import { parquetReadObjects } from 'hyparquet';
import { CLUSTER, Rig } from './rig.ts';

describe('shipper', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig();
  });
  afterEach(() => rig.end());

  it('ships what is ready, then its manifest, and keeps the files', async () => {
    await rig.start();
    const files = [rig.placeLake(0), rig.placeLake(0, { table: 'usage', rows: 5 }), rig.placeLake(1, { rows: 7 })];
    await rig.pass(700_000);
    rig.assertArrived(files);
    assert.equal(rig.stages('lake').shipped.length, 5);
    const manifest = [...rig.lake.objects].find(
      ([name]) => name.includes('/shipments_') && name.includes(String(files[0]?.referenceId.split('_')[1])),
    );
    const bytes = manifest?.[1].bytes as Buffer;
    const rows = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
      compressors: { ZSTD: (input) => require('node:zlib').zstdDecompressSync(input) },
    });
    console.log(rows);
    assert.equal((await rig.get('/healthz')).status, 200);
    await rig.assertNoSecretTold();
    assert.ok(CLUSTER);
  });
});
