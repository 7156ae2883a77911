import { SAMPLES_COLUMNS } from '@tallyship/shared/contracts/columns';
import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import { TEXTS } from '../decode/series-store.ts';
import { encodeTimes } from '../parquet/delta-times.ts';
import { type Compression, type EncodedColumn, ParquetFile } from '../parquet/parquet-file.ts';
import { encodeSampleValues, type ValueEncoding } from '../parquet/plain-values.ts';
import { encodeDistinctValues, encodeValues } from '../parquet/runs.ts';
import { idsOf, type SortedRows, textsOf } from './sort-rows.ts';

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
  for (const [from, to] of rowGroups(sorted)) {
    const rows = rowsOf(sorted, from, to);
    file.startRowGroup((sorted.starts[to] as number) - (sorted.starts[from] as number));
    for (let text = 0; text < TEXTS; text++) {
      await file.writeColumn(encodeValues(textsOf(sorted, from, to, text), rows));
      await options.pause();
    }
    await file.writeColumn(encodeDistinctValues(ranksOf(from, to), rows));
    await options.pause();
    await file.writeColumn(encodeDistinctValues(idsOf(sorted, from, to), rows));
    await options.pause();
    await file.writePages(pagesOf(sorted, from, to, hourStartMs, options));
  }
  await file.finish();
}

/** How many rows each of the series [from, to) has. */
function rowsOf({ starts }: SortedRows, from: number, to: number): Uint32Array {
  return starts.subarray(from, to).map((start, at) => (starts[from + at + 1] as number) - start);
}

function ranksOf(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
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
function rowGroups(sorted: SortedRows): [from: number, to: number][] {
  const { count, starts } = sorted;
  const metrics = textsOf(sorted, 0, count, 0);
  const isFull = (from: number, at: number) =>
    (starts[at] as number) - (starts[from] as number) >= ROW_GROUP_ROWS || at - from >= ROW_GROUP_SERIES;
  const groups: [number, number][] = [];
  let from = 0;
  let metricFrom = 0;
  for (let at = 1; at <= count; at++) {
    const isBorder = at === count || metrics[at] !== metrics[at - 1];
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
