import { LABEL_COLUMNS, USAGE_COLUMNS } from '@tallyship/shared/contracts/columns';
import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import { HA_REPLICA_TEXT, LABELS_TEXT } from '../decode/series-store.ts';
import { type EncodedColumn, ParquetFile } from '../parquet/parquet-file.ts';
import { encodeDoubles, encodeInts, encodeNullableTimes, encodeTexts } from '../parquet/plain-values.ts';
import { encodeRunsAt } from '../parquet/runs.ts';
import type { SortedRows } from './sort-rows.ts';
import { type UsageParts, usageParts } from './usage-parts.ts';
import type { WriteOptions } from './write-samples.ts';

const ROW_GROUP_SERIES = 50_000;

/** Writes the `usage` part of one generation: a row a series. Holds the sums of one row group at a time. */
export async function writeUsage(sorted: SortedRows, hourStartMs: number, sink: ByteSink, options: WriteOptions): Promise<void> {
  const file = new ParquetFile(USAGE_COLUMNS, sink, options.compression);
  for (let from = 0; from < sorted.count; from += ROW_GROUP_SERIES) {
    const to = Math.min(from + ROW_GROUP_SERIES, sorted.count);
    const parts = await usageParts(sorted, from, to, options.pause);
    file.startRowGroup(to - from);
    for (const encode of columnsOf(sorted, from, to, parts, hourStartMs)) {
      await file.writeColumn(encode());
      await options.pause();
    }
  }
  await file.finish();
}

function columnsOf(
  { textAt, idAt }: SortedRows,
  from: number,
  to: number,
  parts: UsageParts,
  hourStartMs: number,
): (() => EncodedColumn)[] {
  const texts = (text: number) =>
    encodeRunsAt(
      from,
      to,
      (rank) => textAt(rank, text),
      () => 1,
    );
  const times = (offsets: Float64Array) => encodeNullableTimes(offsets.map((offset) => hourStartMs + offset));
  return [
    ...LABEL_COLUMNS.map((_, at) => () => texts(at)),
    () => texts(HA_REPLICA_TEXT),
    () => texts(LABELS_TEXT),
    () => encodeTexts(eachOf(from, to, idAt)),
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
}

function* eachOf<T>(from: number, to: number, of: (rank: number) => T): Generator<T> {
  for (let rank = from; rank < to; rank++) yield of(rank);
}
