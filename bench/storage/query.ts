import { DuckDBInstance } from '@duckdb/node-api';
import { medianOf } from '../median.ts';
import { hourOfLoad, withLake } from './disk.ts';

/** Median milliseconds over each table; both have the same answer. */
export type QueryResult = { query: string; samplesMs: number; usageMs: number };

const CPU = 'container_cpu_usage_seconds_total';
const MEMORY = 'container_memory_working_set_bytes';

/** The questions of a bill, asked of every sample and of the sums. The hour is whole, so both have the same answer. */
const QUERIES = [
  {
    query: 'CPU hours per namespace',
    samples: grown('namespace', `metric = '${CPU}'`),
    usage: `SELECT namespace, sum(increase) / 3600 FROM usage WHERE metric = '${CPU}' GROUP BY 1 ORDER BY 1`,
  },
  {
    query: 'GiB hours of memory per container name',
    samples: `
      SELECT container, sum(value * held) / 3600 / 2**30 FROM (
        SELECT container, value, least(epoch_ms(lead(ts, 1, ts) OVER (PARTITION BY series ORDER BY ts)) - epoch_ms(ts), 300000) / 1000 AS held
        FROM samples WHERE metric = '${MEMORY}') GROUP BY 1 ORDER BY 1`,
    usage: `SELECT container, sum(integral) / 3600 / 2**30 FROM usage WHERE metric = '${MEMORY}' GROUP BY 1 ORDER BY 1`,
  },
  {
    query: 'ten pods with the most CPU',
    samples: `SELECT * FROM (${grown('pod', `metric = '${CPU}'`)}) ORDER BY 2 DESC LIMIT 10`,
    usage: `SELECT pod, sum(increase) / 3600 FROM usage WHERE metric = '${CPU}' GROUP BY 1 ORDER BY 2 DESC LIMIT 10`,
  },
];

/** DuckDB with one thread over the files of one hour. @throws Error when the two tables disagree */
export async function benchQuery(rounds: number, say: (line: string) => void): Promise<QueryResult[]> {
  const results: QueryResult[] = [];
  await withLake(hourOfLoad(), {}, async (lakeDir) => {
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
    for (const table of ['samples', 'usage']) {
      await connection.run(`CREATE VIEW ${table} AS FROM read_parquet('${lakeDir}/${table}/v1/**/*.parquet', hive_partitioning = false)`);
    }
    const ask = async (sql: string) => {
      const startedMs = performance.now();
      const rows = (await connection.runAndReadAll(sql)).getRows() as [string, number][];
      return { rows, ms: performance.now() - startedMs };
    };
    for (const { query, samples, usage } of QUERIES) {
      assertSame(query, (await ask(samples)).rows, (await ask(usage)).rows);
      const times = { samples: [] as number[], usage: [] as number[] };
      for (let round = 0; round < rounds; round++) {
        times.samples.push((await ask(samples)).ms);
        times.usage.push((await ask(usage)).ms);
      }
      results.push({ query, samplesMs: medianOf(times.samples), usageMs: medianOf(times.usage) });
      say(`  ${query}`);
    }
    connection.closeSync();
  });
  return results;
}

/** A fall of a counter is a restart from 0. */
function grown(group: string, where: string): string {
  return `
    SELECT ${group}, sum(CASE WHEN value < before THEN value ELSE value - before END) / 3600 FROM (
      SELECT ${group}, value, lag(value) OVER (PARTITION BY series ORDER BY ts) AS before FROM samples WHERE ${where})
    GROUP BY 1 ORDER BY 1`;
}

function assertSame(query: string, samples: readonly [string, number][], usage: readonly [string, number][]): void {
  const isSame = ([name, value]: [string, number], at: number) => {
    const [otherName, other] = usage[at] ?? ['', Number.NaN];
    return name === otherName && Math.abs(value - other) <= 1e-6 * Math.max(1, Math.abs(value));
  };
  if (samples.length > 0 && samples.length === usage.length && samples.every(isSame)) return;
  throw new Error(`${query}: samples say ${JSON.stringify(samples.slice(0, 3))}, usage says ${JSON.stringify(usage.slice(0, 3))}`);
}
