import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HourRows } from '../../../../services/collector/hours/hour-rows.ts';
import { RowArena } from '../../../../services/collector/hours/row-arena.ts';

type Row = { series: number; timeMs: number; bits: bigint };

const LAST_MS = 3_599_999;

/** Steps in time of one, two and four bytes, in both directions; values of which all, some or no bytes change. */
const anyRow: fc.Arbitrary<Row> = fc.record({
  series: fc.oneof({ weight: 5, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.constantFrom(127, 128, 1023, 1024, 99_999) }),
  timeMs: fc.oneof(
    fc.nat(240).map((at) => at * 15_000),
    fc.nat(LAST_MS),
    fc.constantFrom(0, 127, 128, 129, 255, 256, 32_767, 32_768, 32_769, LAST_MS),
  ),
  bits: fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.nat(63).map((bit) => 1n << BigInt(bit)),
    fc.constantFrom(0n, 0x7ff0000000000002n, 0x7ff8000000000001n, 2n ** 64n - 1n),
  ),
});
/** Runs of rows that go on as the one before, which is what most of them do. */
const anyRows = fc
  .array(fc.record({ row: anyRow, repeats: fc.oneof(fc.constant(0), fc.nat(300)), stepMs: fc.nat(20) }), { minLength: 1, maxLength: 40 })
  .map((runs) =>
    runs.flatMap(({ row, repeats, stepMs }) =>
      Array.from({ length: repeats + 1 }, (_, at) => ({ ...row, timeMs: Math.min(row.timeMs + at * stepMs, LAST_MS) })),
    ),
  );

function push(into: HourRows, rows: readonly Row[]): void {
  const columns = {
    series: Uint32Array.from(rows, ({ series }) => series),
    timesMs: Float64Array.from(rows, ({ timeMs }) => timeMs),
    bits: new Uint32Array(BigUint64Array.from(rows, ({ bits }) => bits).buffer),
  };
  into.push(columns, 0, rows.length, 0);
}

/** Rows by series, each in the order of arrival. */
function read(from: HourRows, counts = from.counts()): Map<number, Row[]> {
  const all = new Map<number, Row[]>();
  for (const [at, series] of counts.series.entries()) {
    const rows = counts.rows[at] as number;
    const [offsets, bits] = [new Uint32Array(rows + 3), new Uint32Array(2 * rows + 6)];
    from.read(counts.streams[at] as number, rows, offsets, bits, 3);
    const values = new BigUint64Array(bits.buffer);
    all.set(
      series,
      Array.from({ length: rows }, (_, row) => ({ series, timeMs: offsets[row + 3] as number, bits: values[row + 3] as bigint })),
    );
  }
  return all;
}

const bySeries = (rows: readonly Row[]) => new Map([...Map.groupBy(rows, ({ series }) => series)].sort(([a], [b]) => a - b));

for (const kernel of ['wasm', 'typescript'] as const)
  describe(`rows of an hour, compressed by ${kernel}`, () => {
    const arena = new RowArena(kernel);
    it('come back bit by bit, by series, in the order in which they came', () => {
      fc.assert(
        fc.property(anyRows, fc.nat(), (rows, at) => {
          const hour = new HourRows(arena);
          const cut = at % (rows.length + 1);
          push(hour, rows.slice(0, cut));
          const early = hour.counts();
          push(hour, rows.slice(cut));
          assert.equal(hour.rows, rows.length);
          assert.deepEqual(read(hour), bySeries(rows));
          assert.deepEqual(read(hour, early), bySeries(rows.slice(0, cut)), 'those that were there earlier can still be read alone');
          hour.clear();
        }),
        { numRuns: 300 },
      );
    });

    it('say of each series whether every row is later than the one before', () => {
      fc.assert(
        fc.property(anyRows, (rows) => {
          const hour = new HourRows(arena);
          push(hour, rows);
          const { series, isRising } = hour.counts();
          const rises = (own: Row[]) => own.every(({ timeMs }, at) => at === 0 || timeMs > (own[at - 1] as Row).timeMs);
          const expected = [...bySeries(rows)].map(([index, own]) => [index, rises(own) ? 1 : 0]);
          assert.deepEqual(
            [...series].map((index, at) => [index, isRising[at]]),
            expected,
          );
          hour.clear();
        }),
      );
    });

    it('take no memory for a value that stays, and the bytes that change for one that moves', () => {
      const hour = new HourRows(arena);
      const scrapes = (valueAt: (at: number) => number) =>
        Array.from({ length: 240 * 1000 }, (_, at) => ({
          series: at % 1000,
          timeMs: Math.floor(at / 1000) * 15_000,
          bits: new BigUint64Array(Float64Array.of(valueAt(at)).buffer)[0] as bigint,
        }));
      push(
        hour,
        scrapes((at) => at % 1000),
      );
      const constantBytes = hour.bytes;
      assert.ok(constantBytes / hour.rows < 0.5, `${constantBytes} bytes`);
      hour.clear();
      push(
        hour,
        scrapes((at) => 3_000_000 + at * 40),
      );
      assert.ok(hour.bytes / hour.rows < 4.5, `${hour.bytes} bytes`);
      hour.clear();
      assert.equal(hour.bytes, 0);
    });

    it('use memory again that was given back, zeroed', () => {
      const hour = new HourRows(arena);
      const rows = Array.from({ length: 5000 }, (_, at) => ({ series: at, timeMs: at, bits: BigInt(at) * 0x0123_4567_89abn }));
      push(hour, rows);
      const [size, held] = [arena.bytes.length, arena.heldBytes];
      for (let round = 0; round < 20; round++) {
        hour.clear();
        assert.equal(arena.heldBytes, 0);
        push(hour, rows);
        assert.deepEqual([arena.bytes.length, arena.heldBytes], [size, held]);
      }
      assert.deepEqual(read(hour), bySeries(rows));
    });
  });
