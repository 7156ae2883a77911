import assert from 'node:assert/strict';
import type { Series } from '../../../../services/collector/decode/labels.ts';
import { zstd } from '../../../../services/collector/parquet/compression.ts';
import { writeSamples } from '../../../../services/collector/seal/write-samples.ts';
import { readingParquet } from '../../../support/parquet-reading.ts';

const HOUR_MS = Date.UTC(2026, 6, 10, 10);
const STALE = 0x7ff0000000000002n;
/** Small enough that no row's product leaves 64 bits. */
const FACTOR = 4_000_000_000_001n;

/** Rows of series `<metric>-<at>` by metric: how many series, and rows of each. */
async function write(metrics: [metric: string, series: number, rowsEach: number][]): Promise<{ bytes: Uint8Array; rows: number }> {
  const all = metrics.flatMap(([metric, count, rowsEach]) =>
    Array.from({ length: count }, (_, at) => ({ one: seriesOf(metric, at), rowsEach })),
  );
  const starts = Uint32Array.from([0, ...all.map(({ rowsEach }) => rowsEach)]);
  for (let at = 1; at < starts.length; at++) starts[at] = (starts[at] as number) + (starts[at - 1] as number);
  const rows = starts.at(-1) as number;
  const offsets = new Uint32Array(rows);
  const bits = new BigUint64Array(rows);
  for (const at of all.keys()) {
    for (let row = starts[at] as number; row < (starts[at + 1] as number); row++) {
      offsets[row] = row - (starts[at] as number);
      bits[row] = row % 11 === 0 ? STALE : BigInt(row) * FACTOR;
    }
  }
  const chunks: Uint8Array[] = [];
  const words = new Uint32Array(bits.buffer);
  const read = (from: number, to: number) => ({
    offsets: offsets.subarray(starts[from], starts[to]),
    bits: words.subarray(2 * (starts[from] as number), 2 * (starts[to] as number)),
  });
  const seriesAt = (rank: number) => all[rank]?.one as Series;
  const textAt = (rank: number, text: number) => seriesAt(rank).columns[text] ?? '';
  const sorted = { count: all.length, seriesAt, textAt, idAt: (rank: number) => seriesAt(rank).seriesId, starts, rows, read };
  await writeSamples(sorted, HOUR_MS, async (each) => void chunks.push(Uint8Array.from(each)), {
    compression: zstd(1),
    values: 'PLAIN',
    pause: async () => {},
  });
  return { bytes: Buffer.concat(chunks), rows };
}

function seriesOf(metric: string, at: number): Series {
  const columns = Array<string>(13).fill('');
  columns[0] = metric;
  columns[2] = `pod-${at}`;
  return { columns, haReplica: '', labels: '{}', seriesId: `${metric}-${at}`.padStart(32, '0') };
}

type Group = [firstMetric: string, lastMetric: string, rows: number];

/** Checks that every row is in its place: times, bits and series are functions of its number. @returns the row groups */
function readWhole(bytes: Uint8Array, rows: number): Promise<Group[]> {
  return readingParquet(bytes, async ({ query }) => {
    const [counts] = await query(`
      SELECT count(*)::INT, count(*) FILTER (value IS NULL)::INT,
        count(*) FILTER (value::BIT::UBIGINT <> (file_row_number * ${FACTOR})::UBIGINT)::INT,
        count(*) FILTER (series_id <> lpad(metric || '-' || pod[5:], 32, '0'))::INT,
        count(*) FILTER (epoch_ms(ts) <> ${HOUR_MS} + file_row_number - first)::INT
      FROM (SELECT *, min(file_row_number) OVER (PARTITION BY series) AS first FROM file)`);
    assert.deepEqual(counts, [rows, Math.ceil(rows / 11), 0, 0, 0]);
    const groups = await query(
      "SELECT stats_min_value, stats_max_value, row_group_num_rows::INT FROM groups WHERE path_in_schema = 'metric' ORDER BY row_group_id",
    );
    return groups as Group[];
  });
}

describe('row groups of samples', () => {
  it('end where a metric does, once the next metric would bring them over 1,000,000 rows', async () => {
    const { bytes, rows } = await write([
      ['a', 10, 40_000],
      ['b', 10, 56_000],
      ['c', 10, 8_000],
      ['d', 1, 5],
    ]);
    assert.deepEqual(await readWhole(bytes, rows), [
      ['a', 'b', 960_000],
      ['c', 'd', 80_005],
    ]);
  });

  it('split a metric only where it alone is larger than one', async () => {
    const { bytes, rows } = await write([
      ['a', 3, 10],
      ['big', 7, 180_000],
      ['c', 2, 450_000],
      ['d', 1, 1],
    ]);
    assert.deepEqual(await readWhole(bytes, rows), [
      ['a', 'a', 30],
      ['big', 'big', 1_080_000],
      ['big', 'big', 180_000],
      ['c', 'd', 900_001],
    ]);
  });

  it('end at 20,000 series, however few rows these have', async () => {
    const { bytes, rows } = await write([
      ['a', 19_000, 1],
      ['b', 2_000, 2],
      ['c', 20_001, 1],
    ]);
    assert.deepEqual(await readWhole(bytes, rows), [
      ['a', 'a', 19_000],
      ['b', 'b', 4_000],
      ['c', 'c', 20_000],
      ['c', 'c', 1],
    ]);
  });

  it('hold a file of one row', async () => {
    const { bytes, rows } = await write([['a', 1, 1]]);
    assert.deepEqual(await readWhole(bytes, rows), [['a', 'a', 1]]);
  });
});
