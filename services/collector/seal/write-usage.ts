import { LABEL_COLUMNS, USAGE_COLUMNS } from '@tallyship/shared/contracts/columns';
import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import type { Series } from '../decode/labels.ts';
import { ParquetFile } from '../parquet/parquet-file.ts';
import { encodeDoubles, encodeInts, encodeNullableTimes, encodeTexts } from '../parquet/plain-values.ts';
import { encodeRuns } from '../parquet/runs.ts';
import type { SortedRows } from './sort-rows.ts';
import { usageParts } from './usage-parts.ts';
import type { WriteOptions } from './write-samples.ts';

/** Writes the `usage` part of one generation: a row a series, in one row group. */
export async function writeUsage(sorted: SortedRows, hourStartMs: number, sink: ByteSink, options: WriteOptions): Promise<void> {
  const { series } = sorted;
  const parts = await usageParts(sorted, options.pause);
  const file = new ParquetFile(USAGE_COLUMNS, sink, options.compression);
  const textOf = (of: (one: Series) => string) => encodeRuns(series.map((one) => ({ value: of(one), rows: 1 })));
  const times = (offsets: Float64Array) => encodeNullableTimes(offsets.map((offset) => hourStartMs + offset));
  const columns = [
    ...LABEL_COLUMNS.map((_, at) => () => textOf((one) => one.columns[at] as string)),
    () => textOf((one) => one.haReplica),
    () => textOf((one) => one.labels),
    () => encodeTexts(series.map(({ seriesId }) => seriesId)),
    () => times(parts.firstMs),
    () => times(parts.lastMs),
    () => times(parts.staleBeforeMs),
    () => times(parts.staleAfterMs),
    () => encodeInts(parts.n),
    () => encodeInts(parts.skipped),
    () => encodeInts(parts.resets),
    () => encodeDoubles(parts.first, true),
    () => encodeDoubles(parts.last, true),
    () => encodeDoubles(parts.min, true),
    () => encodeDoubles(parts.max, true),
    () => encodeDoubles(parts.sum, true),
    () => encodeDoubles(parts.integral, false),
    () => encodeDoubles(parts.covered, false),
    () => encodeDoubles(parts.increase, false),
  ];
  file.startRowGroup(series.length);
  for (const encode of columns) {
    await file.writeColumn(encode());
    await options.pause();
  }
  await file.finish();
}
