import { LABEL_COLUMNS, USAGE_COLUMNS } from '@tallyship/shared/contracts/columns';
import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import { HA_REPLICA_TEXT, LABELS_TEXT } from '../decode/series-store.ts';
import { ParquetFile } from '../parquet/parquet-file.ts';
import { encodeDoubles, encodeInts, encodeNullableTimes, encodeTexts } from '../parquet/plain-values.ts';
import { encodeRuns } from '../parquet/runs.ts';
import type { SortedRows } from './sort-rows.ts';
import { usageParts } from './usage-parts.ts';
import type { WriteOptions } from './write-samples.ts';

/** Writes the `usage` part of one generation: a row a series, in one row group. */
export async function writeUsage(sorted: SortedRows, hourStartMs: number, sink: ByteSink, options: WriteOptions): Promise<void> {
  const { count, textAt, idAt } = sorted;
  const parts = await usageParts(sorted, options.pause);
  const file = new ParquetFile(USAGE_COLUMNS, sink, options.compression);
  const texts = (text: number) => encodeRuns(eachOf(count, (rank) => ({ value: textAt(rank, text), rows: 1 })));
  const times = (offsets: Float64Array) => encodeNullableTimes(offsets.map((offset) => hourStartMs + offset));
  const columns = [
    ...LABEL_COLUMNS.map((_, at) => () => texts(at)),
    () => texts(HA_REPLICA_TEXT),
    () => texts(LABELS_TEXT),
    () => encodeTexts(eachOf(count, idAt)),
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
  file.startRowGroup(count);
  for (const encode of columns) {
    await file.writeColumn(encode());
    await options.pause();
  }
  await file.finish();
}

function* eachOf<T>(count: number, of: (rank: number) => T): Generator<T> {
  for (let rank = 0; rank < count; rank++) yield of(rank);
}
