import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import { labelPairs, type Series } from '../decode/labels.ts';
import { Bytes } from '../parquet/bytes.ts';
import { snappy } from '../parquet/compression.ts';
import { encodeTimes } from '../parquet/delta-times.ts';
import { type EncodedColumn, ParquetFile } from '../parquet/parquet-file.ts';
import { encodeRuns } from '../parquet/runs.ts';
import type { SortedRows } from '../seal/sort-rows.ts';
import { CURRENT_COLUMNS } from './columns.ts';
import { valueText } from './value-text.ts';

export type CloudzeroFile = { identity: ClusterIdentity; hourStartMs: number; createdAtMs: number; keepsLabel: (name: string) => boolean };

/** Rows of one row group at most: value texts of a group are held in memory. */
const ROW_GROUP_ROWS = 250_000;

/** Writes a file in CloudZero's current schema (agent 1.2). `pause` is awaited between columns. */
export async function writeCurrent(rows: SortedRows, file: CloudzeroFile, sink: ByteSink, pause: () => Promise<void>): Promise<void> {
  const parquet = new ParquetFile(CURRENT_COLUMNS, sink, snappy);
  for (const [from, to] of seriesRanges(rows)) {
    const { starts } = rows;
    const size = (starts[to] as number) - (starts[from] as number);
    const { offsets, bits } = rows.read(from, to);
    const constant = (value: string) => encodeRuns([{ value, rows: size }]);
    const perSeries = (of: (one: Series) => string) =>
      encodeRuns(
        Array.from({ length: to - from }, (_, at) => ({
          value: of(rows.seriesAt(from + at)),
          rows: (starts[from + at + 1] as number) - (starts[from + at] as number),
        })),
      );
    const created = new Uint32Array(size);
    const [year, month, day, hour] = new Date(file.hourStartMs).toISOString().split(/[-T:]/) as [string, string, string, string];
    parquet.startRowGroup(size);
    const columns: (() => EncodedColumn)[] = [
      ...[file.identity.cluster, file.identity.account, year, month, day, hour].map((value) => () => constant(value)),
      () => perSeries((one) => metricOf(one)),
      () => perSeries((one) => nodeOf(one)),
      () => encodeTimes(file.createdAtMs, created, 0, created.length),
      () => encodeTimes(file.hourStartMs, offsets, 0, size),
      () => perSeries((one) => labelsJson(one, file.keepsLabel)),
      () => encodeValueTexts(bits, 0, size),
    ];
    for (const encode of columns) {
      await parquet.writeColumn(encode());
      await pause();
    }
  }
  await parquet.finish();
}

export function metricOf(series: Series): string {
  return labelPairs(series)[0]?.[1] ?? '';
}

export function nodeOf(series: Series): string {
  return labelPairs(series).find(([name]) => name === 'node')?.[1] ?? '';
}

/** The label filter picks which labels stay; the metric's name and the node are in any case. */
export function keptLabels(series: Series, keepsLabel: (name: string) => boolean): [name: string, value: string][] {
  const pairs = labelPairs(series).filter(([name]) => name === '__name__' || name === 'node' || keepsLabel(name));
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1));
}

function labelsJson(series: Series, keepsLabel: (name: string) => boolean): string {
  return `{${keptLabels(series, keepsLabel)
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
    .join(',')}}`;
}

/** Staleness markers are written as the NaN that they are. */
function encodeValueTexts(bits: Uint32Array, from: number, to: number): EncodedColumn {
  const values = new Float64Array(bits.buffer, bits.byteOffset, bits.length / 2);
  const bytes = new Bytes();
  for (let row = from; row < to; row++) bytes.text(valueText(values[row] as number));
  return { encoding: 'PLAIN', values: bytes.take(), nulls: 0, min: undefined, max: undefined };
}

function* seriesRanges({ count, starts }: SortedRows): Generator<[from: number, to: number]> {
  let from = 0;
  for (let to = 1; to <= count; to++) {
    const isFull = (starts[to] as number) - (starts[from] as number) >= ROW_GROUP_ROWS;
    if (!isFull && to < count) continue;
    yield [from, to];
    from = to;
  }
}
