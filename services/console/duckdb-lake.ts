import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBDecimalValue, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { sqlText } from '@tallyship/cost/sql-text';

/** A SQL door to a lake folder. Rows come as plain values: numbers, strings, booleans and null. */
export type Lake = {
  /** @throws the engine's error; queries of one lake run one after the other */
  query<Row>(sql: string, params?: Record<string, string | number | null>): Promise<Row[]>;
  close(): Promise<void>;
};
export type LakeOptions = { memoryLimit?: string; threads?: number; tempLimit?: string };

/**
 * Opens an in-memory DuckDB that reads the files under `dir` and nothing else: no network, no extension is fetched, no other folder.
 * @param dir the lake's root; it need not exist yet
 */
export async function openLake(dir: string, { memoryLimit = '500MB', threads = 2, tempLimit }: LakeOptions = {}): Promise<Lake> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memoryLimit,
    // What does not fit spills here; the engine makes the folder when it needs it and removes it.
    temp_directory: join(tmpdir(), `tallyship-duckdb-${randomUUID()}`),
    ...(tempLimit !== undefined && { max_temp_directory_size: tempLimit }),
    threads: String(threads),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'false',
  });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run(`SET allowed_directories = [${sqlText(dir)}]`);
  await connection.run('SET enable_external_access = false');
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    query: <Row>(sql: string, params: Record<string, string | number | null> = {}) => inTurn(() => rowsOf<Row>(connection, sql, params)),
    close: () =>
      inTurn(async () => {
        connection.closeSync();
        instance.closeSync();
      }),
  };
}

async function rowsOf<Row>(connection: DuckDBConnection, sql: string, params: Record<string, string | number | null>): Promise<Row[]> {
  const reader = await connection.runAndReadAll(sql, params);
  return reader.getRowObjects().map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]))) as Row[];
}

/** Integers of the lake are counts and epoch milliseconds, all below 2^53; other engine types become their text. */
function plain(value: DuckDBValue): string | number | boolean | null {
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  return value.toString();
}
