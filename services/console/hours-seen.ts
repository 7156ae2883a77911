import type { FoundFile } from '@tallyship/cost/lake-files';
import { sqlText } from '@tallyship/cost/sql-text';
import type { Lake } from './duckdb-lake.ts';
import { REQUIREMENTS, type Requirement } from './required-metrics.ts';

/** What arrived from one cluster in one hour. `seen[i]` says whether REQUIREMENTS[i] did. */
export type HourSeen = {
  cluster: string;
  hourMs: number;
  series: number;
  samples: number;
  lastSampleMs: number | null;
  seen: readonly boolean[];
};

/**
 * Reads what arrived, an entry per cluster and hour, in the order of time.
 * @param files parts of the `usage` table. Samples that several replicas sent count several times: this is about arrival, not about costs
 */
export async function readHoursSeen(lake: Pick<Lake, 'query'>, files: readonly FoundFile[]): Promise<HourSeen[]> {
  if (files.length === 0) return [];
  const rows = await lake.query<Record<string, string | number | boolean | null>>(hoursSql(files));
  return rows.map((row) => ({
    cluster: String(row.cluster),
    hourMs: Number(row.hour_ms),
    series: Number(row.series),
    samples: Number(row.samples),
    lastSampleMs: row.last_ms === null ? null : Number(row.last_ms),
    seen: REQUIREMENTS.map((_, i) => row[`seen_${i}`] === true),
  }));
}

function hoursSql(files: readonly FoundFile[]): string {
  return /* sql */ `
    SELECT
      account || '/' || region || '/' || cluster AS cluster,
      CAST(regexp_extract(filename, '_([0-9]+)_[0-9]+_[^/]*$', 1) AS BIGINT) AS hour_ms,
      count(DISTINCT series_id) AS series,
      CAST(sum(n) AS BIGINT) AS samples,
      CAST(epoch_ms(max(last_ts)) AS BIGINT) AS last_ms,
      ${REQUIREMENTS.map((requirement, i) => `bool_or(${seenSql(requirement)}) AS seen_${i}`).join(',\n      ')}
    FROM read_parquet([${files.map(({ path }) => sqlText(path)).join(', ')}],
      filename = true, hive_partitioning = true, hive_types_autocast = false)
    GROUP BY ALL
    ORDER BY hour_ms, cluster`;
}

function seenSql({ metrics, labels }: Requirement): string {
  const isMetric = `n > 0 AND metric IN (${metrics.map(sqlText).join(', ')})`;
  if (labels === undefined) return isMetric;
  return `${isMetric} AND (${labels.map((label) => `contains(labels, ${sqlText(`"${label}":`)})`).join(' OR ')})`;
}
