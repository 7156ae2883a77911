import { USAGE_COLUMNS } from '@tallyship/shared/contracts/columns';
import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import { TEXTS } from '../decode/series-store.ts';
import { type EncodedColumn, ParquetFile } from '../parquet/parquet-file.ts';
import { encodeDoubles, encodeInts, encodeNullableTimes, encodeTexts } from '../parquet/plain-values.ts';
import { encodeValues } from '../parquet/runs.ts';
import { idsOf, type SortedRows, textsOf } from './sort-rows.ts';
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

function columnsOf(sorted: SortedRows, from: number, to: number, parts: UsageParts, hourStartMs: number): (() => EncodedColumn)[] {
  const rows = new Uint32Array(to - from).fill(1);
  const times = (offsets: Float64Array) => encodeNullableTimes(offsets.map((offset) => hourStartMs + offset));
  return [
    ...Array.from({ length: TEXTS }, (_, text) => () => encodeValues(textsOf(sorted, from, to, text), rows)),
    () => encodeTexts(idsOf(sorted, from, to)),
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
