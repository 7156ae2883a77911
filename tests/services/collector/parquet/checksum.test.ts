import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { zstd } from '../../../../services/collector/parquet/compression.ts';
import { ParquetFile } from '../../../../services/collector/parquet/parquet-file.ts';
import { encodeSampleValues } from '../../../../services/collector/parquet/plain-values.ts';
import { readingParquet } from '../../../support/parquet-reading.ts';

const ROWS = 4000;
/** Ahead of the footer, whose damage a reader finds by itself. */
const PLACES = 60;

describe('a damaged page of values', () => {
  it('is an error for a reader, never other values', async () => {
    const words = new Uint32Array(2 * ROWS);
    for (let at = 0; at < words.length; at++) words[at] = at % 2 ? 0x40000000 + at : Math.imul(at, 0x9e3779b1);
    const sound = await fileOf(words);
    const valuesOf = (bytes: Uint8Array) =>
      readingParquet(bytes, ({ query }) => query('SELECT v::BIT::UBIGINT FROM file')).catch((error: Error) => error.message);
    const expected = await valuesOf(sound);
    assert.equal(expected.length, ROWS);
    let noticed = 0;
    for (let place = 0; place < PLACES; place++) {
      const damaged = Uint8Array.from(sound);
      const at = 100 + Math.floor((place / PLACES) * (damaged.length - 1000));
      for (let i = 0; i < 8; i++) damaged[at + i] = (damaged[at + i] as number) ^ 0x5a;
      const found = await valuesOf(damaged);
      if (typeof found === 'string') noticed++;
      else assert.ok(isDeepStrictEqual(found, expected), `other values after damage at byte ${at}`);
    }
    assert.ok(noticed > PLACES * 0.9, `${noticed} noticed`);
  });
});

async function fileOf(words: Uint32Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const columns = [{ name: 'v', type: 'double', isNullable: true, describe: '' } as const];
  const file = new ParquetFile(columns, async (bytes) => void chunks.push(Uint8Array.from(bytes)), zstd(1));
  file.startRowGroup(ROWS);
  await file.writeColumn(encodeSampleValues(words, 'PLAIN'));
  await file.finish();
  return Buffer.concat(chunks);
}
