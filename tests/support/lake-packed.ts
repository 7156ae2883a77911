import { DuckDBInstance, type DuckDBListValue } from '@duckdb/node-api';
import type { HistogramRow } from './histogram-model.ts';
import { canonicalLabels } from './series-samples.ts';

/** A row of `histograms` or `exemplars` as a reader of the lake finds it; `labels` as `canonicalLabels` makes them. */
export type LakeHistogram = { cluster: string; labels: string; timeMs: number; row: HistogramRow };
export type LakeExemplar = { cluster: string; labels: string; timeMs: number; bits: bigint; exemplar: Record<string, string> };

const LABELS = ['metric', 'namespace', 'pod', 'container', 'node', 'job', 'instance', 'uid', 'resource', 'unit', 'id', 'image', 'name'];
const BITS = (column: string) => `${column}::BIT::UBIGINT`;
const LIST_BITS = (column: string) => `list_transform(${column}, lambda x: x::BIT::UBIGINT)`;

/** In file order. */
export async function readLakeHistograms(lakeDir: string): Promise<LakeHistogram[]> {
  const numbers = ['count', 'sum', 'zero_threshold', 'zero_count'].map(BITS);
  const lists = ['negative', 'positive'].flatMap((side) => [`${side}_indexes::BIGINT[]`, LIST_BITS(`${side}_counts`)]);
  const columns = ['epoch_ms(start_ts)', 'kind', 'reset_hint', 'schema', ...numbers, ...lists, LIST_BITS('custom_values')];
  return (await readRows(lakeDir, 'histograms', columns)).map(({ cells, ...key }) => {
    const [startMs, kind, resetHint, schema, count, sum, zeroThreshold, zeroCount, ...rest] = cells as [
      bigint | null,
      string,
      string,
      number,
      bigint,
      bigint | null,
      bigint,
      bigint,
      ...DuckDBListValue[],
    ];
    const [negativeIndexes, negativeCounts, positiveIndexes, positiveCounts, customValues] = rest.map(({ items }) => items as bigint[]) as [
      bigint[],
      bigint[],
      bigint[],
      bigint[],
      bigint[],
    ];
    const negative = zip(negativeIndexes, negativeCounts);
    const positive = zip(positiveIndexes, positiveCounts);
    return { ...key, row: { startMs, kind, resetHint, schema, count, sum, zeroThreshold, zeroCount, negative, positive, customValues } };
  });
}

/** In file order. */
export async function readLakeExemplars(lakeDir: string): Promise<LakeExemplar[]> {
  return (await readRows(lakeDir, 'exemplars', ['exemplar', BITS('value')])).map(({ cells, ...key }) => {
    const [exemplar, bits] = cells as [string, bigint];
    return { ...key, bits, exemplar: JSON.parse(exemplar) as Record<string, string> };
  });
}

type Row = { cluster: string; labels: string; timeMs: number; cells: unknown[] };

async function readRows(lakeDir: string, table: string, columns: readonly string[]): Promise<Row[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const files = `${lakeDir}/${table}/v1/**/*.parquet`;
    const [[found]] = (await connection.runAndReadAll('SELECT count(*) FROM glob($files)', { files })).getRows() as [[bigint]];
    if (found === 0n) return [];
    const reader = await connection.runAndReadAll(
      `SELECT cluster, ${LABELS.map((name) => `"${name}"`).join(', ')}, ha_replica, labels, epoch_ms(ts), ${columns.join(', ')}
       FROM read_parquet($files, hive_partitioning = true, hive_types_autocast = false, filename = true, file_row_number = true)
       ORDER BY filename, file_row_number`,
      { files },
    );
    return reader.getRows().map(([cluster, ...row]) => {
      const own = LABELS.map((name, at) => [name === 'metric' ? '__name__' : name, row[at] as string] as const);
      const [haReplica, json, timeMs, ...cells] = row.slice(LABELS.length) as [string, string, bigint, ...unknown[]];
      const rest = Object.entries(JSON.parse(json) as Record<string, string>);
      return {
        cluster: cluster as string,
        labels: canonicalLabels([...own, ['prometheus_replica', haReplica], ...rest]),
        timeMs: Number(timeMs),
        cells,
      };
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function zip(indexes: readonly bigint[], counts: readonly bigint[]): [bigint, bigint][] {
  if (indexes.length !== counts.length) throw new Error(`${indexes.length} indexes for ${counts.length} counts`);
  return indexes.map((index, at) => [index, counts[at] as bigint]);
}
