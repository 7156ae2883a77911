import { LABEL_COLUMNS, SAMPLES_COLUMNS } from '@tallyship/shared/contracts/columns';
import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import type { Series } from '../decode/labels.ts';
import { encodeTimes } from '../parquet/delta-times.ts';
import { type Compression, ParquetFile } from '../parquet/parquet-file.ts';
import { encodeSampleValues, type ValueEncoding } from '../parquet/plain-values.ts';
import { encodeRuns } from '../parquet/runs.ts';
import type { SortedRows } from './sort-rows.ts';

const ROW_GROUP_ROWS = 250_000;

export type WriteOptions = {
  compression: Compression;
  /** How sample values are encoded. */
  values: ValueEncoding;
  /** Awaited between columns, so that requests are answered while a file is written. */
  pause: () => Promise<void>;
};

/** Writes the `samples` file of one generation. Row groups end where a metric does, so that a query of one metric reads few of them. */
export async function writeSamples(sorted: SortedRows, hourStartMs: number, sink: ByteSink, options: WriteOptions): Promise<void> {
  const file = new ParquetFile(SAMPLES_COLUMNS, sink, options.compression);
  const { series, starts } = sorted;
  for (const [from, to] of rowGroups(sorted)) {
    const rows = (starts[to] as number) - (starts[from] as number);
    const runsOf = <T extends string | number>(of: (series: Series, rank: number) => T) =>
      encodeRuns(
        series.slice(from, to).map((one, at) => ({
          value: of(one, from + at),
          rows: (starts[from + at + 1] as number) - (starts[from + at] as number),
        })),
      );
    file.startRowGroup(rows);
    for (const at of LABEL_COLUMNS.keys()) {
      await file.writeColumn(runsOf((one) => one.columns[at] as string));
      await options.pause();
    }
    await file.writeColumn(runsOf((one) => one.haReplica));
    await file.writeColumn(runsOf((one) => one.labels));
    await options.pause();
    await file.writeColumn(runsOf((_, rank) => rank));
    await file.writeColumn(runsOf((one) => one.seriesId));
    await options.pause();
    const { offsets, bits } = sorted.read(from, to);
    await file.writeColumn(encodeTimes(hourStartMs, offsets, 0, rows));
    await options.pause();
    await file.writeColumn(encodeSampleValues(bits, options.values));
    await options.pause();
  }
  await file.finish();
}

/** @returns ranges of series [from, to); one metric is split only where it alone is larger than a row group */
function rowGroups({ series, starts }: SortedRows): [from: number, to: number][] {
  const groups: [number, number][] = [];
  let from = 0;
  let metricFrom = 0;
  for (let at = 1; at <= series.length; at++) {
    const isBorder = at === series.length || series[at]?.columns[0] !== series[at - 1]?.columns[0];
    const isFull = (starts[at] as number) - (starts[from] as number) >= ROW_GROUP_ROWS;
    if (isFull && metricFrom > from) {
      groups.push([from, metricFrom]);
      from = metricFrom;
    }
    if ((starts[at] as number) - (starts[from] as number) >= ROW_GROUP_ROWS) {
      groups.push([from, at]);
      from = at;
    }
    if (isBorder) metricFrom = at;
  }
  if (from < series.length) groups.push([from, series.length]);
  return groups;
}
