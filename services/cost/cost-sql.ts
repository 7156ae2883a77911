import { ATTACHED_COST } from './attached-cost.ts';
import { CONTAINER_CHARGES } from './container-charges.ts';
import { GROUP_SQL, type Group } from './cost-groups.ts';
import { COST_ITEMS } from './cost-items.ts';
import type { FoundFile } from './lake-files.ts';
import { sampleRows, usageRows } from './lake-source.ts';
import { MERGED_USAGE, OVERLAPS } from './merged-usage.ts';
import { NODE_COST } from './node-cost.ts';

export type Step = 'hour' | 'day' | 'month';
export type CostFiles = { usage: readonly FoundFile[]; samples: readonly FoundFile[] };

/** Clusters and hours in which parts overlap, so that their samples are needed. */
export function overlapSql(usage: readonly FoundFile[]): string {
  return /* sql */ `WITH ${usageRows(usage)}, ${OVERLAPS}
SELECT s.cluster, o.hour_ms FROM overlapped o JOIN usage_series s ON s.sid = o.sid GROUP BY s.cluster, o.hour_ms`;
}

/** The merged usage view of a range: one row per series and hour. Parameters: $from_ms, $to_ms. */
export function mergedUsageSql(files: CostFiles): string {
  return /* sql */ `WITH ${usageRows(files.usage)}, ${sampleRows(files.samples)}, ${MERGED_USAGE}
SELECT * FROM series_hours`;
}

/**
 * The whole cost table as one statement, so that all of it sees the same files. Column `section` tells its parts apart: `cost` rows, the
 * `coverage` of each cluster, what is `unpriced`, how old the `prices` are, and `suspects` of an unlabelled HA pair.
 * Parameters: $from_ms, $to_ms, $prices, and $label_path with $other_label_path, or $team_rules, for those groups.
 */
export function costSql(files: CostFiles, step: Step, group: Group): string {
  return /* sql */ `WITH ${usageRows(files.usage)}, ${sampleRows(files.samples)}, ${MERGED_USAGE}, ${PRICES}, ${NODE_COST},
  ${CONTAINER_CHARGES}, ${ATTACHED_COST}, ${COST_ITEMS}, ${GROUP_SQL[group.kind]}, ${sections(step)}
SELECT * FROM sections ORDER BY section, step_ms, cluster, kind, grp, reason`;
}

const PRICES = /* sql */ `
  prices AS (
    SELECT p.* FROM (
      SELECT unnest(from_json($prices, '[{"kind":"VARCHAR","type":"VARCHAR","region":"VARCHAR","purchase":"VARCHAR",
        "from_ms":"BIGINT","to_ms":"BIGINT","valid_from_ms":"BIGINT","usd":"DOUBLE","cpu_usd":"DOUBLE","memory_usd":"DOUBLE","gpu_usd":"DOUBLE",
        "vcpu":"DOUBLE","memory_bytes":"DOUBLE","gpu":"DOUBLE"}]')) AS p
    )
  )`;

const sections = (step: Step) => /* sql */ `
  sections AS (
    SELECT 'cost' AS section, epoch_ms(date_trunc('${step}', epoch_ms(hour_ms))) AS step_ms, cluster, kind, grp, reason,
      sum(cpu_cost) AS cpu_cost, sum(memory_cost) AS memory_cost, sum(gpu_cost) AS gpu_cost, sum(storage_cost) AS storage_cost,
      sum(load_balancer_cost) AS load_balancer_cost, sum(full_cost) AS full_cost,
      sum(cpu_s) AS cpu_s, sum(memory_s) AS memory_s, sum(gpu_s) AS gpu_s, sum(used_cpu_s) AS used_cpu_s,
      sum(requested_cpu_s) AS requested_cpu_s, sum(used_memory_s) AS used_memory_s, sum(requested_memory_s) AS requested_memory_s,
      sum(storage_byte_s) AS storage_byte_s, count(DISTINCT hour_ms) AS hours
    FROM grouped_items
    GROUP BY 2, 3, 4, 5, 6
    UNION ALL
    SELECT 'coverage', min(hour_ms), coalesce(cluster, ''), '', '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
      count(DISTINCT hour_ms)
    FROM node_presence GROUP BY GROUPING SETS ((cluster), ()) HAVING count(*) > 0
    UNION ALL
    SELECT 'unpriced', min(hour_ms), cluster, CASE WHEN node <> '' OR object = '' THEN 'node' ELSE 'attached' END AS what,
      CASE WHEN object <> '' THEN namespace || '/' || object ELSE node END AS thing, reason,
      NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, count(DISTINCT hour_ms)
    FROM items WHERE kind = 'unpriced' GROUP BY cluster, what, thing, reason
    UNION ALL
    SELECT 'prices', valid_from_ms, '', '', '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
      count(DISTINCT hour_ms) FILTER (WHERE hour_ms < valid_from_ms)
    FROM items WHERE valid_from_ms IS NOT NULL GROUP BY valid_from_ms
    UNION ALL
    SELECT 'suspects', min(hour_ms), cluster, '', '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
      count(*)
    FROM series_hours WHERE metric = 'container_cpu_usage_seconds_total' AND n >= 10 AND resets * 5 >= n GROUP BY cluster
  )`;
