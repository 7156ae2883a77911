import { HOUR_MS } from '@tallyship/shared/contracts/lake-key';
import type { DamagedFiles, Engine } from './damaged-files.ts';
import type { FoundFile, LakeFiles, ListedFile } from './lake-files.ts';
import { sampleRows } from './lake-source.ts';

/**
 * Finds clusters whose samples come in two interleaved rhythms, as from an HA pair of Prometheus without its replica label. Each rhythm is
 * regular, so two gaps together are always the same while one gap differs from the next. Looks at kube_node_info in the newest sealed
 * hour of each cluster. Two rhythms exactly half an interval apart look like one; they do no harm either.
 * @returns `account/region/cluster`
 */
export async function interleavedClusters(
  lake: Engine,
  { files, damaged }: { files: LakeFiles; damaged: DamagedFiles },
  fromMs: number,
  toMs: number,
): Promise<string[]> {
  const newest = newestHours(await files.list('samples', Math.max(fromMs, toMs - 24 * HOUR_MS), toMs));
  return files.reading(async (open) => {
    const { rows } = await damaged.reading(lake, await open(newest), (whole) => lake.query<{ cluster: string }>(rhythmSql(whole)));
    return rows.map(({ cluster }) => cluster);
  });
}

const rhythmSql = (files: readonly FoundFile[]) => /* sql */ `WITH ${sampleRows(files, ['kube_node_info'])},
  distinct_times AS (
    SELECT DISTINCT cluster, series_id, ts_ms FROM sample_rows WHERE value IS NOT NULL
  ),
  gaps AS (
    SELECT *,
      ts_ms - lag(ts_ms) OVER (PARTITION BY cluster, series_id ORDER BY ts_ms) AS gap_before,
      lead(ts_ms) OVER (PARTITION BY cluster, series_id ORDER BY ts_ms) - ts_ms AS gap_after
    FROM distinct_times
  ),
  rhythms AS (
    SELECT cluster, series_id, median(abs(gap_before - gap_after) / CAST(gap_before + gap_after AS DOUBLE)) AS alternation,
      stddev_pop(gap_before + gap_after) / avg(gap_before + gap_after) AS unevenness, count(*) AS n
    FROM gaps WHERE gap_before IS NOT NULL AND gap_after IS NOT NULL
    GROUP BY cluster, series_id
  )
  SELECT DISTINCT cluster FROM rhythms WHERE n >= 20 AND alternation > 0.1 AND unevenness < 0.05 ORDER BY cluster`;

function newestHours(files: readonly ListedFile[]): ListedFile[] {
  const newest = new Map<string, number>();
  const clusterOf = ({ account, region, cluster }: ListedFile) => `${account}/${region}/${cluster}`;
  for (const file of files) newest.set(clusterOf(file), Math.max(file.hourStartMs, newest.get(clusterOf(file)) ?? 0));
  return files.filter((file) => file.hourStartMs === newest.get(clusterOf(file)));
}
