import { SAMPLES_COLUMNS, USAGE_COLUMNS } from '@tallyship/shared/contracts/columns';
import type { FoundFile } from './lake-files.ts';
import { sqlText } from './sql-text.ts';

/** The metrics that costs are made of, with kube-state-metrics' and cAdvisor's names. Nothing else is read. */
export const COST_METRICS = [
  'container_cpu_usage_seconds_total',
  'container_memory_working_set_bytes',
  'container_start_time_seconds',
  'kube_job_owner',
  'kube_namespace_labels',
  'kube_node_info',
  'kube_node_labels',
  'kube_node_status_allocatable',
  'kube_node_status_capacity',
  'kube_persistentvolume_capacity_bytes',
  'kube_persistentvolume_claim_ref',
  'kube_persistentvolume_info',
  'kube_persistentvolumeclaim_info',
  'kube_pod_container_resource_requests',
  'kube_pod_container_status_running',
  'kube_pod_info',
  'kube_pod_init_container_resource_requests',
  'kube_pod_init_container_status_running',
  'kube_pod_labels',
  'kube_pod_status_phase',
  'kube_replicaset_owner',
  'kube_service_spec_type',
] as const;

type CostMetric = (typeof COST_METRICS)[number];

const CLUSTER = `account || '/' || region || '/' || cluster`;

/** Metrics of which only the columns are asked for; their other labels, a good part of all bytes, are left behind. */
const BARE_METRICS = `'container_cpu_usage_seconds_total', 'container_memory_working_set_bytes', 'container_start_time_seconds',
        'kube_node_info', 'kube_node_status_allocatable', 'kube_node_status_capacity', 'kube_pod_container_resource_requests',
        'kube_pod_container_status_running', 'kube_pod_init_container_resource_requests', 'kube_pod_init_container_status_running',
        'kube_pod_status_phase'`;

/**
 * What is never looked at: other metrics, the four phases of a pod that are not Running, the pod's sandbox (container '' or POD) and the
 * node's root cgroup, which repeat what the containers say, and CPU core by core.
 */
const wanted = (metrics: readonly CostMetric[]) => /* sql */ `metric IN (${metrics.map((metric) => `'${metric}'`).join(', ')})
      AND (metric <> 'kube_pod_status_phase' OR labels LIKE '%"phase":"Running"%')
      AND (metric NOT LIKE 'container%' OR (namespace <> '' AND pod <> '' AND container NOT IN ('', 'POD') AND id <> '/'))
      AND (metric <> 'container_cpu_usage_seconds_total' OR labels NOT LIKE '%"cpu":"cpu%')`;

/**
 * Relations over the usage parts of the wanted series: `usage_series` with the labels, one row a series, and `usage_rows` with the numbers.
 * They scan the files apart, so that no label is carried along with every part. `logical_id` is the same for both halves of an HA pair.
 */
export function usageRows(files: readonly FoundFile[]): string {
  const source = readParquet(files);
  return /* sql */ `
  usage_series AS (
    SELECT row_number() OVER () AS sid, *
    FROM (
      SELECT ${CLUSTER} AS cluster, series_id,
        any_value(metric) AS metric, any_value(namespace) AS namespace, any_value(pod) AS pod, any_value(container) AS container,
        any_value(node) AS node, any_value(uid) AS uid, any_value(resource) AS resource, any_value(id) AS id, any_value(name) AS name,
        any_value(ha_replica) AS ha_replica,
        any_value(CASE WHEN metric IN (${BARE_METRICS}) THEN '{}' ELSE labels END) AS labels,
        any_value(CASE WHEN ha_replica = '' THEN series_id
          ELSE md5(concat_ws(chr(31), metric, namespace, pod, container, node, job, instance, uid, resource, unit, id, image, name, labels))
        END) AS logical_id
      FROM ${source}
      WHERE ${wanted(COST_METRICS)}
      GROUP BY ALL
    )
  ),
  usage_rows AS (
    SELECT ${CLUSTER} AS cluster, series_id, filename AS part, n, resets, integral, covered, increase,
      "first" AS first_value, "last" AS last_value, epoch_ms(first_ts) AS first_ms, epoch_ms(last_ts) AS last_ms,
      epoch_ms(stale_before_ts) AS marker_before_ms, epoch_ms(stale_after_ts) AS marker_after_ms
    FROM ${source}
    WHERE ${wanted(COST_METRICS)}
  )`;
}

/** Relation `sample_rows`: the wanted samples of the given files, of all cost metrics or some. Without files an empty relation of the same shape. */
export function sampleRows(files: readonly FoundFile[], metrics: readonly CostMetric[] = COST_METRICS): string {
  if (files.length === 0) {
    return /* sql */ `
  sample_rows AS (
    SELECT '' AS cluster, '' AS series_id, CAST(0 AS BIGINT) AS ts_ms, CAST(0 AS DOUBLE) AS value WHERE false
  )`;
  }
  return /* sql */ `
  sample_rows AS (
    SELECT ${CLUSTER} AS cluster, series_id, epoch_ms(ts) AS ts_ms, value
    FROM ${readParquet(files)}
    WHERE ${wanted(metrics)}
  )`;
}

/** Reads every value of a file and keeps nothing, so that it fails where any query could. */
export function scanSql(file: FoundFile): string {
  const columns = file.table === 'samples' ? SAMPLES_COLUMNS : USAGE_COLUMNS;
  return `SELECT max(hash(${columns.map(({ name }) => `"${name}"`).join(', ')})) FROM ${readParquet([file])}`;
}

/** Partition columns stay text (an account keeps its leading zeros). */
function readParquet(files: readonly FoundFile[]): string {
  const paths = files.map(({ path }) => sqlText(path)).join(', ');
  return `read_parquet([${paths}], hive_partitioning = true, hive_types_autocast = false, filename = true)`;
}
