import { DuckDBInstance } from '@duckdb/node-api';

/** A cell as DuckDB gives it: BIGINT and UBIGINT are bigint. */
export type Cell = bigint | number | string | null;

/** Rows of a query over a lake folder; `$samples` and `$usage` are the globs of its tables' files. */
export async function* lakeRows(lakeDir: string, sql: string): AsyncGenerator<Cell[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  try {
    const globs = Object.fromEntries(['samples', 'usage'].map((table) => [table, `${lakeDir}/${table}/v1/**/*.parquet`]));
    const used = Object.entries(globs).filter(([name]) => sql.includes(`$${name}`));
    const result = await connection.stream(sql, Object.fromEntries(used));
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (const row of chunk.getRows()) yield row as Cell[];
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * Sums every `samples` file up again and compares it with the `usage` part of the same name.
 * @returns the faults: files without their other half, series whose n or sum differ
 */
export async function usageFaults(lakeDir: string): Promise<string[]> {
  const sql = `
    WITH by_time AS (
      SELECT parse_filename(filename, true)[9:] AS part, series_id, ts, max(value) FILTER (isfinite(value)) AS value
      FROM read_parquet($samples, filename = true) GROUP BY ALL),
    summed AS (SELECT part, series_id, count(value) AS n, sum(value) AS sum FROM by_time GROUP BY ALL),
    said AS (SELECT parse_filename(filename, true)[7:] AS part, series_id, n, sum FROM read_parquet($usage, filename = true))
    SELECT coalesce(summed.part, said.part), coalesce(summed.series_id, said.series_id), summed.n::DOUBLE, said.n::DOUBLE, summed.sum, said.sum
    FROM summed FULL JOIN said USING (part, series_id)
    WHERE summed.n IS DISTINCT FROM said.n OR (summed.sum IS NULL) <> (said.sum IS NULL)
      OR abs(summed.sum - said.sum) > 1e-9 * greatest(1, abs(summed.sum))`;
  const faults: string[] = [];
  for await (const [part, series, n, saidN, sum, saidSum] of lakeRows(lakeDir, sql)) {
    faults.push(`usage of ${part} series ${series}: n ${saidN}, sum ${saidSum}; its samples say n ${n}, sum ${sum}`);
  }
  return faults;
}
