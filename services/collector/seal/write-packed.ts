import { type Column, LABEL_COLUMNS } from '@tallyship/shared/contracts/columns';
import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import type { Series } from '../decode/labels.ts';
import { encodeTimes } from '../parquet/delta-times.ts';
import { type EncodedColumn, ParquetFile } from '../parquet/parquet-file.ts';
import { encodeRuns } from '../parquet/runs.ts';
import type { PackedRow, SortedPacked } from './sort-packed.ts';
import type { WriteOptions } from './write-samples.ts';

/** Bounds what a row group takes while it is written out: contents of a few bytes a bucket become 12. */
const ROW_GROUP_BYTES = 2 * 1024 * 1024;
const ROW_GROUP_ROWS = 25_000;

/** The table of a kind: its columns, and those behind `ts` made from the rows of a row group. */
export type PackedTable = { columns: readonly Column[]; encodeContent: (rows: readonly PackedRow[]) => (() => EncodedColumn)[] };

/** Writes the file of one kind of one generation. Holds the rows of one row group at a time. */
export async function writePacked(
  { columns, encodeContent }: PackedTable,
  sorted: SortedPacked,
  hourStartMs: number,
  sink: ByteSink,
  options: WriteOptions,
): Promise<void> {
  const file = new ParquetFile(columns, sink, options.compression);
  for (const rows of rowGroups(sorted)) {
    const offsets = Uint32Array.from(rows, ({ timeMs }) => timeMs - hourStartMs);
    file.startRowGroup(rows.length);
    for (const encode of [...seriesColumns(rows), () => encodeTimes(hourStartMs, offsets, 0, rows.length), ...encodeContent(rows)]) {
      await file.writeColumn(encode());
      await options.pause();
    }
  }
  await file.finish();
}

function seriesColumns(rows: readonly PackedRow[]): (() => EncodedColumn)[] {
  const runsOf = <T extends string | number>(of: (series: Series, rank: number) => T) =>
    encodeRuns(rows.map(({ series, rank }) => ({ value: of(series, rank), rows: 1 })));
  return [
    ...LABEL_COLUMNS.map((_, at) => () => runsOf(({ columns }) => columns[at] as string)),
    () => runsOf(({ haReplica }) => haReplica),
    () => runsOf(({ labels }) => labels),
    () => runsOf((_, rank) => rank),
    () => runsOf(({ seriesId }) => seriesId),
  ];
}

function* rowGroups(sorted: SortedPacked): Generator<PackedRow[]> {
  let group: PackedRow[] = [];
  let bytes = 0;
  for (let at = 0; at < sorted.rows; at++) {
    const row = sorted.rowAt(at);
    group.push(row);
    bytes += row.content.length;
    if (bytes < ROW_GROUP_BYTES && group.length < ROW_GROUP_ROWS) continue;
    yield group;
    [group, bytes] = [[], 0];
  }
  if (group.length > 0) yield group;
}
