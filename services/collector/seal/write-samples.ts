import { LABEL_COLUMNS, SAMPLES_COLUMNS } from '@tallyship/shared/contracts/columns';
import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import { HA_REPLICA_TEXT, LABELS_TEXT } from '../decode/series-store.ts';
import { encodeTimes } from '../parquet/delta-times.ts';
import { type Compression, ParquetFile } from '../parquet/parquet-file.ts';
import { encodeSampleValues, type ValueEncoding } from '../parquet/plain-values.ts';
import { encodeRunsAt } from '../parquet/runs.ts';
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
  const { starts, textAt } = sorted;
  const rowsAt = (rank: number) => (starts[rank + 1] as number) - (starts[rank] as number);
  for (const [from, to] of rowGroups(sorted)) {
    const rows = (starts[to] as number) - (starts[from] as number);
    const runsOf = <T extends string | number>(of: (rank: number) => T) => encodeRunsAt(from, to, of, rowsAt);
    file.startRowGroup(rows);
    for (const at of LABEL_COLUMNS.keys()) {
      await file.writeColumn(runsOf((rank) => textAt(rank, at)));
      await options.pause();
    }
    await file.writeColumn(runsOf((rank) => textAt(rank, HA_REPLICA_TEXT)));
    await file.writeColumn(runsOf((rank) => textAt(rank, LABELS_TEXT)));
    await options.pause();
    await file.writeColumn(runsOf((rank) => rank));
    await file.writeColumn(runsOf((rank) => sorted.idAt(rank)));
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
function rowGroups({ count, starts, textAt }: SortedRows): [from: number, to: number][] {
  const groups: [number, number][] = [];
  let from = 0;
  let metricFrom = 0;
  for (let at = 1; at <= count; at++) {
    const isBorder = at === count || textAt(at, 0) !== textAt(at - 1, 0);
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
  if (from < count) groups.push([from, count]);
  return groups;
}
