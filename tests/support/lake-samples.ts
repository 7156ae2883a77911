import { DuckDBInstance } from '@duckdb/node-api';
import { addSample, canonicalLabels, type SeriesSamples, STALE_BITS } from './series-samples.ts';

/** Columns of `samples` that hold a label of their own, and the label that each holds. Written down here anew: this is what a reader of the lake sees. */
const LABELS_BY_COLUMN: Record<string, string> = {
  metric: '__name__',
  ...own('namespace pod container node job instance uid resource unit id image name'),
};

/** All samples of a cluster in a lake folder, as a reader with nothing but DuckDB finds them: NULL is the staleness marker. */
export async function readLakeSamples(lakeDir: string, cluster: string): Promise<SeriesSamples> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const columns = Object.keys(LABELS_BY_COLUMN);
  const reader = await connection.runAndReadAll(
    `SELECT ${columns.map((column) => `"${column}"`).join(', ')}, labels, epoch_ms(ts), value::BIT::UBIGINT
     FROM read_parquet($files, hive_partitioning = true, hive_types_autocast = false) WHERE cluster = $cluster`,
    { files: `${lakeDir}/samples/v1/**/*.parquet`, cluster },
  );
  const all: SeriesSamples = new Map();
  for (const row of reader.getRows()) {
    const own = columns.map((column, i) => [LABELS_BY_COLUMN[column], row[i] as string] as const);
    const rest = Object.entries(JSON.parse(row[columns.length] as string) as Record<string, string>);
    const [timeMs, bits] = row.slice(columns.length + 1) as [bigint, bigint | null];
    addSample(all, canonicalLabels([...own, ...rest]), Number(timeMs), bits ?? STALE_BITS);
  }
  connection.closeSync();
  instance.closeSync();
  return all;
}

function own(names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, name]));
}
