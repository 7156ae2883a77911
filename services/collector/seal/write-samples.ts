import { LABEL_COLUMNS, SAMPLES_COLUMNS } from '@tallyship/shared/contracts/columns';
import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import { HA_REPLICA_TEXT, LABELS_TEXT } from '../decode/series-store.ts';
import { encodeTimes } from '../parquet/delta-times.ts';
import { type Compression, type EncodedColumn, ParquetFile } from '../parquet/parquet-file.ts';
import { encodeSampleValues, type ValueEncoding } from '../parquet/plain-values.ts';
import { encodeRunsAt } from '../parquet/runs.ts';
import type { SortedRows } from './sort-rows.ts';

/** A row group repeats the labels of its series, and a query of one metric reads whole ones. */
const ROW_GROUP_ROWS = 1_000_000;
const ROW_GROUP_SERIES = 20_000;
/** Bounds the memory of a seal, and how long requests wait for it. */
const PAGE_ROWS = 125_000;

export type WriteOptions = {
  compression: Compression;
  /** How sample values are encoded. */
  values: ValueEncoding;
  /** Awaited between columns, so that requests are answered while a file is written. */
  pause: () => Promise<void>;
};

/**
 * Writes the `samples` file of one generation. Row groups end where a metric does, so that a query of one metric reads few of them; times and
 * values are read and written in pages.
 */
export async function writeSamples(sorted: SortedRows, hourStartMs: number, sink: ByteSink, options: WriteOptions): Promise<void> {
  const file = new ParquetFile(SAMPLES_COLUMNS, sink, options.compression);
  const { starts, textAt } = sorted;
  const rowsAt = (rank: number) => (starts[rank + 1] as number) - (starts[rank] as number);
  for (const [from, to] of rowGroups(sorted)) {
    const runsOf = <T extends string | number>(of: (rank: number) => T) => encodeRunsAt(from, to, of, rowsAt);
    file.startRowGroup((starts[to] as number) - (starts[from] as number));
    for (const at of LABEL_COLUMNS.keys()) {
      await file.writeColumn(runsOf((rank) => textAt(rank, at)));
      await options.pause();
    }
    await file.writeColumn(runsOf((rank) => textAt(rank, HA_REPLICA_TEXT)));
    await file.writeColumn(runsOf((rank) => textAt(rank, LABELS_TEXT)));
    await options.pause();
    await file.writeColumn(runsOf((rank) => rank));
    await options.pause();
    await file.writeColumn(runsOf((rank) => sorted.idAt(rank)));
    await options.pause();
    await file.writePages(pagesOf(sorted, from, to, hourStartMs, options));
  }
  await file.finish();
}

/** Times and values of whole series, as many as a page holds; a larger series is alone. */
async function* pagesOf(
  { starts, read }: SortedRows,
  from: number,
  to: number,
  hourStartMs: number,
  { values, pause }: WriteOptions,
): AsyncGenerator<EncodedColumn[]> {
  for (let first = from, end = from; first < to; first = end) {
    for (end++; end < to && (starts[end + 1] as number) - (starts[first] as number) <= PAGE_ROWS; ) end++;
    const { offsets, bits } = read(first, end);
    const times = encodeTimes(hourStartMs, offsets, 0, offsets.length);
    await pause();
    yield [times, encodeSampleValues(bits, values)];
    await pause();
  }
}

/** @returns ranges of series [from, to); one metric is split only where it alone is larger than a row group */
function rowGroups({ count, starts, textAt }: SortedRows): [from: number, to: number][] {
  const isFull = (from: number, at: number) =>
    (starts[at] as number) - (starts[from] as number) >= ROW_GROUP_ROWS || at - from >= ROW_GROUP_SERIES;
  const groups: [number, number][] = [];
  let from = 0;
  let metricFrom = 0;
  for (let at = 1; at <= count; at++) {
    const isBorder = at === count || textAt(at, 0) !== textAt(at - 1, 0);
    if (isFull(from, at) && metricFrom > from) {
      groups.push([from, metricFrom]);
      from = metricFrom;
    }
    if (isFull(from, at)) {
      groups.push([from, at]);
      from = at;
    }
    if (isBorder) metricFrom = at;
  }
  if (from < count) groups.push([from, count]);
  return groups;
}
