import { DuckDBInstance } from '@duckdb/node-api';
import { addSample, canonicalLabels, type SeriesSamples, STALE_BITS } from './series-samples.ts';

const LABELS = ['metric', 'namespace', 'pod', 'container', 'node', 'job', 'instance', 'uid', 'resource', 'unit', 'id', 'image', 'name'];

/** All samples of a lake folder by cluster, read in one go. NULL is the staleness marker. @throws Error where one is there twice */
export async function readClusters(lakeDir: string): Promise<Map<string, SeriesSamples>> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const files = `${lakeDir}/samples/v1/**/*.parquet`;
  const [[found]] = (await connection.runAndReadAll('SELECT count(*) FROM glob($files)', { files })).getRows() as [[bigint]];
  if (found === 0n) return new Map();
  const reader = await connection.runAndReadAll(
    `SELECT cluster, ${LABELS.map((name) => `"${name}"`).join(', ')}, labels, epoch_ms(ts), value::BIT::UBIGINT
     FROM read_parquet($files, hive_partitioning = true, hive_types_autocast = false)`,
    { files },
  );
  const clusters = new Map<string, SeriesSamples>();
  for (const [cluster, ...cells] of reader.getRows() as [string, ...unknown[]][]) {
    const own = LABELS.map((name, at) => [name === 'metric' ? '__name__' : name, cells[at] as string] as const);
    const [json, timeMs, bits] = cells.slice(LABELS.length) as [string, bigint, bigint | null];
    const all = clusters.get(cluster) ?? new Map();
    clusters.set(cluster, all);
    const rest = Object.entries(JSON.parse(json) as Record<string, string>);
    addSample(all, canonicalLabels([...own, ...rest]), Number(timeMs), bits ?? STALE_BITS);
  }
  connection.closeSync();
  instance.closeSync();
  return clusters;
}
