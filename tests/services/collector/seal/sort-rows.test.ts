import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type SortedRows, sortRows } from '../../../../services/collector/seal/sort-rows.ts';
import { noPause, pieceOf, type Row } from './pieces.ts';

const STALE = 0x7ff0000000000002n;

const anyRow = fc.record({
  series: fc.constantFrom('a', 'b', 'c', 'd'),
  timeMs: fc.integer({ min: 0, max: 20 }),
  bits: fc.constantFrom(0n, 1n, STALE, 0x7ff8000000000001n, 0x8000000000000000n, 0xffffffffffffffffn),
});

/** A shuffled order of the same rows, cut into pieces of other tables. */
const rowsAndShuffle = fc.array(anyRow, { maxLength: 60 }).chain((rows) =>
  fc.record({
    rows: fc.constant(rows),
    shuffled: fc.shuffledSubarray(rows, { minLength: rows.length }),
    cut: fc.nat(rows.length),
  }),
);

const text = ({ series, timeMs, bits }: Row) => `${series} ${String(timeMs).padStart(8, '0')} ${bits.toString(16).padStart(16, '0')}`;

function rowsOf(sorted: SortedRows): string[] {
  const { count, starts } = sorted;
  const { offsets, bits } = sorted.read(0, count);
  return Array.from({ length: count }, (_, rank) =>
    Array.from({ length: (starts[rank + 1] as number) - (starts[rank] as number) }, (_, at) => {
      const row = (starts[rank] as number) + at;
      const value = (BigInt(bits[2 * row + 1] as number) << 32n) | BigInt(bits[2 * row] as number);
      return text({ series: sorted.seriesAt(rank).columns[0] as string, timeMs: offsets[row] as number, bits: value });
    }),
  ).flat();
}

describe('the rows of a generation, sorted', () => {
  it('are every distinct row once, by series, time and bits, whatever order and pieces they came in', async () => {
    await fc.assert(
      fc.asyncProperty(rowsAndShuffle, async ({ rows, shuffled, cut }) => {
        const expected = [...new Set(rows.map(text))].sort();
        assert.deepEqual(rowsOf(await sortRows([pieceOf(rows)], noPause)), expected);
        const sorted = await sortRows([pieceOf(shuffled.slice(0, cut)), pieceOf(shuffled.slice(cut))], noPause);
        assert.deepEqual(rowsOf(sorted), expected);
        assert.equal(sorted.rows, expected.length);
      }),
    );
  });

  it('keep two values of one time, and a staleness marker beside a value', async () => {
    const rows = [5n, STALE, 4n, 5n].map((bits) => ({ series: 'a', timeMs: 7, bits }));
    assert.deepEqual(
      rowsOf(await sortRows([pieceOf(rows)], noPause)),
      [4n, 5n, STALE].map((bits) => text({ series: 'a', timeMs: 7, bits })),
    );
  });

  it('hold only series that have rows in this hour', async () => {
    const { table, rows } = pieceOf([{ series: 'a', timeMs: 0, bits: 0n }]);
    table.indexOfSet([['__name__', 'b']]);
    assert.equal((await sortRows([{ table, rows }], noPause)).count, 1);
  });

  it('are those of the moment at which they were asked for, though more come while they are read', async () => {
    const early = Array.from({ length: 50 }, (_, at) => ({ series: at % 2 === 0 ? 'a' : 'b', timeMs: at * 10, bits: BigInt(at >> 3) }));
    const { table, rows } = pieceOf(early);
    const sorted = await sortRows([{ table, rows }], noPause);
    const late = {
      series: new Uint32Array(40),
      timesMs: Float64Array.from({ length: 40 }, (_, at) => 480 - at),
      bits: new Uint32Array(80),
    };
    rows.push(late, 0, 40, 0);
    assert.deepEqual(rowsOf(sorted), early.map(text).sort());
    assert.equal((await sortRows([{ table, rows }], noPause)).rows, 90);
  });
});
