import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** Writes lake files from plain rows by DuckDB: a second writer, so that a test of readers does not lean on the product's one. */
export type LakeWriter = {
  write(file: FileName, rows: readonly Record<string, unknown>[]): Promise<void>;
  close(): void;
};
export type FileName = {
  table: 'samples' | 'usage';
  account?: string;
  region?: string;
  cluster?: string;
  hourStartMs: number;
  replica?: string;
  generation?: number;
};

const LABELS = ['metric', 'namespace', 'pod', 'container', 'node', 'job', 'instance', 'uid', 'resource', 'unit', 'id', 'image', 'name'];
const SERIES = [...LABELS, 'ha_replica', 'labels'].map((name) => [name, 'VARCHAR']);
/** Column names and types as the lake's files have them. Times are given to the writer as epoch milliseconds. */
export const LAKE_COLUMNS: Record<FileName['table'], string[][]> = {
  samples: [...SERIES, ['series', 'INTEGER'], ['series_id', 'VARCHAR'], ['ts', 'TIMESTAMPTZ'], ['value', 'DOUBLE']],
  usage: [
    ...SERIES,
    ['series_id', 'VARCHAR'],
    ...['first_ts', 'last_ts', 'stale_before_ts', 'stale_after_ts'].map((name) => [name, 'TIMESTAMPTZ']),
    ...['n', 'skipped', 'resets'].map((name) => [name, 'INTEGER']),
    ...['first', 'last', 'min', 'max', 'sum', 'integral', 'covered', 'increase'].map((name) => [name, 'DOUBLE']),
  ],
};

export async function openLakeWriter(dir: string): Promise<LakeWriter> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  return {
    write: (file, rows) => copy(connection, join(dir, keyOf(file)), LAKE_COLUMNS[file.table], rows),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

export function keyOf(file: FileName): string {
  const { table, account = '000000000000', region = 'us-east-1', cluster = 'test', hourStartMs, replica = 'r0', generation = 0 } = file;
  const date = new Date(hourStartMs).toISOString().slice(0, 10);
  const name = `${table}_${hourStartMs}_${hourStartMs + 3_600_000}_${replica}-${generation}.parquet`;
  return `${table}/v1/account=${account}/region=${region}/cluster=${cluster}/date=${date}/${name}`;
}

async function copy(connection: DuckDBConnection, path: string, columns: string[][], rows: readonly Record<string, unknown>[]) {
  mkdirSync(dirname(path), { recursive: true });
  const shape = JSON.stringify([Object.fromEntries(columns.map(([name, type]) => [name, type === 'TIMESTAMPTZ' ? 'BIGINT' : 'VARCHAR']))]);
  const cells = columns.map(([name, type]) =>
    type === 'TIMESTAMPTZ' ? `make_timestamptz(r."${name}" * 1000) AS "${name}"` : `CAST(r."${name}" AS ${type}) AS "${name}"`,
  );
  // Through text, because JSON has no NaN or infinity.
  const json = JSON.stringify(rows.map((row) => Object.fromEntries(columns.map(([name, type]) => [name, cell(row[name], type)]))));
  await connection.run(
    `COPY (SELECT ${cells.join(', ')} FROM (SELECT unnest(from_json($rows, '${shape}')) AS r)) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`,
    { rows: json },
  );
}

function cell(value: unknown, type: string): unknown {
  if (value === undefined || value === null) return type === 'VARCHAR' ? '' : null;
  return type === 'TIMESTAMPTZ' ? value : String(value);
}
