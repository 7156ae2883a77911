import assert from 'node:assert/strict';
import type { Column, ScalarType } from '@tallyship/shared/contracts/columns';
import fc from 'fast-check';
import { zstd } from '../../../../services/collector/parquet/compression.ts';
import { encodeTimes } from '../../../../services/collector/parquet/delta-times.ts';
import { type EncodedColumn, ParquetFile } from '../../../../services/collector/parquet/parquet-file.ts';
import {
  encodeDoubles,
  encodeInts,
  encodeNullableTimes,
  encodeSampleValues,
  encodeTexts,
  type ValueEncoding,
} from '../../../../services/collector/parquet/plain-values.ts';
import { encodeDistinctValues, encodeRuns } from '../../../../services/collector/parquet/runs.ts';
import { readingParquet } from '../../../support/parquet-reading.ts';

const VALUE_ENCODINGS: ValueEncoding[] = ['PLAIN', 'BYTE_STREAM_SPLIT'];
const STALE = 0x7ff0000000000002n;
const BASE_MS = Date.UTC(2026, 6, 10, 10);
const TELLING_BITS = [
  0n,
  2n ** 63n,
  STALE,
  STALE + 1n,
  STALE - 1n,
  0x7ff8000000000001n,
  0xfff8dead0000beefn,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  1n,
  0x3ff0000000000000n,
];
/** Sizes around the blocks and miniblocks of the delta encoding, the runs' varints and the pages of readers. */
const SIZES = [1, 2, 31, 32, 33, 34, 63, 64, 65, 127, 128, 129, 130, 256, 257, 2047, 2049];

const size = fc.oneof(fc.constantFrom(...SIZES), fc.integer({ min: 1, max: 400 }));
const column = (name: string, type: Column['type'], isNullable = false): Column => ({ name, type, isNullable, describe: '' });

async function fileOf(columns: Column[], rows: number, encoded: EncodedColumn[]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const file = new ParquetFile(columns, async (bytes) => void chunks.push(Uint8Array.from(bytes)), zstd(1));
  file.startRowGroup(rows);
  for (const each of encoded) await file.writeColumn(each);
  await file.finish();
  return Buffer.concat(chunks);
}

/** Pages of the first columns, and what follows them. */
async function fileInPages(columns: Column[], pages: EncodedColumn[][], ...rest: EncodedColumn[]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const file = new ParquetFile(columns, async (bytes) => void chunks.push(Uint8Array.from(bytes)), zstd(1));
  file.startRowGroup(pages.reduce((sum, [first]) => sum + (first?.entries ?? 0), 0));
  await file.writePages(pages);
  for (const each of rest) await file.writeColumn(each);
  await file.finish();
  return Buffer.concat(chunks);
}

/** Writes one column, and checks what both readers find: numbers and texts as they are, doubles as their bits for DuckDB. */
async function assertReadBack(one: Column, encoded: EncodedColumn, expected: readonly (string | number | bigint | null)[]) {
  const bytes = await fileOf([one], expected.length, [encoded]);
  await readingParquet(bytes, async ({ query, objects }) => {
    const shown = { double: 'v::BIT::UBIGINT', timestamp: 'epoch_ms(v)', string: 'v', int: 'v', long: 'v' }[one.type as ScalarType];
    const rows = await query(`SELECT ${shown} FROM file`);
    assert.deepEqual(
      rows.map(([cell]) => cell),
      expected,
    );
    const values = (await objects()).map(({ v }) => (v instanceof Date ? BigInt(v.getTime()) : (v ?? null)));
    const wanted = one.type === 'double' ? expected.map((bits) => (bits === null ? null : doubleOf(bits as bigint))) : expected;
    assert.deepEqual(values, wanted);
  });
}

const bitsOf = (value: number) => new BigUint64Array(Float64Array.of(value).buffer)[0] as bigint;
const doubleOf = (bits: bigint) => new Float64Array(BigUint64Array.of(bits).buffer)[0] as number;
const wordsOf = (bits: readonly bigint[]) => new Uint32Array(BigUint64Array.from(bits).buffer);
/** Of a size from the list above, all in one draw: shrinking arrays of thousands would take for ever. */
const arrayOf = <T>(value: fc.Arbitrary<T>) => size.chain((length) => fc.array(value, { minLength: length, maxLength: length }));

describe('Parquet columns, read back by DuckDB and hyparquet', () => {
  it('keep the bits of sample values; NULL is exactly the staleness marker', async () => {
    const bits = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(...TELLING_BITS), fc.constant(STALE));
    await fc.assert(
      fc.asyncProperty(arrayOf(bits), fc.constantFrom(...VALUE_ENCODINGS), async (values, encoding) => {
        const encoded = encodeSampleValues(wordsOf(values), encoding);
        await assertReadBack(
          column('v', 'double', true),
          encoded,
          values.map((each) => (each === STALE ? null : each)),
        );
      }),
      { numRuns: 40 },
    );
  });

  for (const rows of SIZES) {
    it(`hold ${rows} rows of nothing but markers, of none, and by turns`, async () => {
      const patterns = [
        () => STALE,
        () => 2n ** 63n,
        (row: number) => (row % 2 === 0 ? STALE : BigInt(row)),
        (row: number) => (row % 9 < 8 ? 1n : STALE),
      ];
      for (const pattern of patterns) {
        const values = Array.from({ length: rows }, (_, row) => pattern(row));
        await assertReadBack(
          column('v', 'double', true),
          encodeSampleValues(wordsOf(values), VALUE_ENCODINGS[rows % 2] as ValueEncoding),
          values.map((each) => (each === STALE ? null : each)),
        );
      }
    });
  }

  it('keep times: rising, falling, equal and over the whole 32 bits', async () => {
    const steps = fc.oneof(
      arrayOf(fc.nat(3_599_999)),
      arrayOf(fc.constant(60_000)),
      arrayOf(fc.constantFrom(0, 2 ** 32 - 1)),
      size.map((length) => Array.from({ length }, (_, at) => at * 15_000)),
      size.map((length) => Array.from({ length }, (_, at) => 2 ** 32 - 1 - at)),
    );
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(3), async (offsets, skipped) => {
        const padded = Uint32Array.from([...Array<number>(skipped).fill(7), ...offsets, 9]);
        await assertReadBack(
          column('v', 'timestamp'),
          encodeTimes(BASE_MS, padded, skipped, skipped + offsets.length),
          offsets.map((offset) => BigInt(BASE_MS + offset)),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('keep times whose steps take any number of bits', async () => {
    const widths = Array.from({ length: 33 }, (_, width) => width);
    const encoded = widths.map((width) =>
      Uint32Array.from({ length: 150 }, (_, at) => (at % 2) * (2 ** width - 1 - (at >> 1) * (width > 8 ? 1 : 0))),
    );
    for (const offsets of encoded) {
      await assertReadBack(
        column('v', 'timestamp'),
        encodeTimes(BASE_MS, offsets, 0, offsets.length),
        Array.from(offsets, (offset) => BigInt(BASE_MS + offset)),
      );
    }
  });

  it('keep runs of texts and of numbers, with any count of different values', async () => {
    const texts = fc.array(
      fc.record({ value: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constantFrom('', 'a', 'b')), rows: fc.nat(300) }),
      { minLength: 1, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(texts, async (runs) => {
        const some = [...runs, { value: 'last', rows: 1 }];
        await assertReadBack(
          column('v', 'string'),
          encodeRuns(some),
          some.flatMap(({ value, rows }) => Array<string>(rows).fill(value)),
        );
      }),
      { numRuns: 40 },
    );
    for (const distinct of [1, 2, 3, 4, 5, 16, 17, 255, 256, 257, 65_536, 65_537]) {
      const runs = Array.from({ length: distinct }, (_, value) => ({ value, rows: 1 + (value % 3) }));
      await assertReadBack(
        column('v', 'int'),
        encodeRuns(runs),
        runs.flatMap(({ value, rows }) => Array<number>(rows).fill(value)),
      );
      const rows = Uint32Array.from(runs, (run) => run.rows);
      const numbers = encodeDistinctValues([...runs.keys()], rows);
      assert.deepEqual(Buffer.from(numbers.values), Buffer.from(encodeRuns(runs).values));
      await assertReadBack(
        column('v', 'string'),
        encodeDistinctValues(Array.from(runs.keys(), String), rows),
        runs.flatMap(({ value, rows }) => Array<string>(rows).fill(String(value))),
      );
    }
  });

  it('keep texts of any length, whole numbers, doubles with and without NULL, and times that may be absent', async () => {
    const texts = ['', 'x', 'é🙂', '\u0000', 'y'.repeat(70_000), '"\\'];
    await assertReadBack(column('v', 'string'), encodeTexts(texts), texts);
    const ints = [0, -1, 2 ** 31 - 1, -(2 ** 31), 7];
    await assertReadBack(column('v', 'int'), encodeInts(Int32Array.from(ints)), ints);
    await fc.assert(
      fc.asyncProperty(arrayOf(fc.double()), async (values) => {
        const bits = values.map((value) => (Number.isNaN(value) ? bitsOf(Number.NaN) : bitsOf(value)));
        await assertReadBack(column('v', 'double'), encodeDoubles(Float64Array.from(values), false), bits);
        await assertReadBack(
          column('v', 'double', true),
          encodeDoubles(Float64Array.from(values), true),
          bits.map((each, at) => (Number.isNaN(values[at]) ? null : each)),
        );
        const times = values.map((value, at) => (value < 0 ? Number.NaN : BASE_MS + at));
        await assertReadBack(
          column('v', 'timestamp', true),
          encodeNullableTimes(Float64Array.from(times)),
          times.map((each) => (Number.isNaN(each) ? null : BigInt(each))),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('keep times and values in pages, one read of rows making a page of each', async () => {
    const bits = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(...TELLING_BITS));
    const pages = fc.array(arrayOf(fc.tuple(fc.nat(3_599_999), bits)), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(pages, fc.constantFrom(...VALUE_ENCODINGS), async (all, encoding) => {
        const columns = [column('t', 'timestamp'), column('v', 'double', true), column('n', 'int')];
        const rows = all.flat();
        const bytes = await fileInPages(
          columns,
          all.map((page) => [
            encodeTimes(BASE_MS, Uint32Array.from(page.map(([offset]) => offset)), 0, page.length),
            encodeSampleValues(wordsOf(page.map(([, each]) => each)), encoding),
          ]),
          encodeInts(Int32Array.from(rows.keys())),
        );
        const expected = rows.map(([offset, each], at) => [BigInt(BASE_MS + offset), each === STALE ? null : each, at]);
        await readingParquet(bytes, async ({ query, objects }) => {
          assert.deepEqual(await query('SELECT epoch_ms(t), v::BIT::UBIGINT, n FROM file'), expected);
          assert.deepEqual(
            (await objects()).map(({ t, v, n }) => [BigInt((t as Date).getTime()), v ?? null, n]),
            expected.map(([t, v, n]) => [t, v === null ? null : doubleOf(v as bigint), n]),
          );
        });
      }),
      { numRuns: 40 },
    );
  });

  it('have statistics that hide no row from a filter, zeros of both signs, NaN and infinities among them', async () => {
    const values = fc.array(fc.constantFrom(0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(values, fc.boolean(), async (numbers, isSplit) => {
        // In one page, and a page each.
        const pages = isSplit ? numbers.map((value) => [value]) : [numbers];
        const bytes = await fileInPages(
          [column('v', 'double', true)],
          pages.map((page) => [encodeSampleValues(wordsOf(page.map(bitsOf)), 'PLAIN')]),
        );
        await readingParquet(bytes, async ({ query }) => {
          for (const [filter, matches] of FILTERS) {
            const [[found]] = (await query(`SELECT count(*)::INT FROM file WHERE ${filter}`)) as [[number]];
            assert.equal(found, numbers.filter(matches).length, `${filter} of ${numbers}`);
          }
        });
      }),
      { numRuns: 30 },
    );
  });
});

/** DuckDB orders NaN above all numbers. */
const FILTERS: [string, (value: number) => boolean][] = [
  ['v = 0', (value) => value === 0],
  ['v >= 0', (value) => value >= 0 || Number.isNaN(value)],
  ['v < 0', (value) => value < 0],
  ['v <= 0', (value) => value <= 0],
  ['v > 1', (value) => value > 1 || Number.isNaN(value)],
  ["v = 'nan'::DOUBLE", (value) => Number.isNaN(value)],
  ["v = '-inf'::DOUBLE", (value) => value === Number.NEGATIVE_INFINITY],
];
