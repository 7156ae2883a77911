import assert from 'node:assert/strict';
import fc from 'fast-check';
import { zstd } from '../../../../services/collector/parquet/compression.ts';
import { encodeLists } from '../../../../services/collector/parquet/lists.ts';
import { ParquetFile } from '../../../../services/collector/parquet/parquet-file.ts';
import { readingParquet } from '../../../support/parquet-reading.ts';

const bits = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 2n ** 63n, 0x7ff0000000000002n, 0x7ff0000000000001n),
);
const lists = fc.array(fc.array(bits, { maxLength: 5 }), { minLength: 1, maxLength: 80 });

describe('Parquet lists, read back by DuckDB and hyparquet', () => {
  it('keep the bits and the number of their elements, empty lists too', async () => {
    await fc.assert(
      fc.asyncProperty(lists, async (values) => {
        await readingParquet(await fileOf(values), async ({ query, objects }) => {
          const rows = await query('SELECT list_transform(d, lambda x: x::BIT::UBIGINT)::VARCHAR, i::VARCHAR FROM file');
          assert.deepEqual(
            rows,
            values.map((list) => [`[${list.join(', ')}]`, `[${list.map((_, at) => at - 2).join(', ')}]`]),
          );
          assert.deepEqual(
            (await objects()).map(({ d, i }) => [Array.from(d as number[]), Array.from(i as number[])]),
            values.map((list) => [Array.from(new Float64Array(BigUint64Array.from(list).buffer)), list.map((_, at) => at - 2)]),
          );
        });
      }),
      { numRuns: 60 },
    );
  });
});

async function fileOf(values: readonly bigint[][]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const columns = [
    { name: 'd', type: 'double[]', isNullable: false, describe: '' },
    { name: 'i', type: 'int[]', isNullable: false, describe: '' },
  ] as const;
  const file = new ParquetFile(columns, async (bytes) => void chunks.push(Uint8Array.from(bytes)), zstd(1));
  const lengths = values.map((list) => list.length);
  file.startRowGroup(values.length);
  await file.writeColumn(encodeLists(new Uint8Array(BigUint64Array.from(values.flat()).buffer), lengths));
  await file.writeColumn(
    encodeLists(new Uint8Array(Int32Array.from(values.flatMap((list) => list.map((_, at) => at - 2))).buffer), lengths),
  );
  await file.finish();
  return Buffer.concat(chunks);
}
