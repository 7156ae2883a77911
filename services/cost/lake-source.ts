import type { FoundFile } from './lake-files.ts';

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

const METRIC_LIST = COST_METRICS.map((metric) => `'${metric}'`).join(', ');
const CLUSTER = `account || '/' || region || '/' || cluster`;
const READ_OPTIONS = 'hive_partitioning = true, hive_types_autocast = false, filename = true';

/**
 * Relation `usage_rows`: the parts of the cost metrics. `logical_id` is the same for both halves of an HA pair.
 * kube_pod_status_phase comes with five series a pod, of which one is asked for.
 */
export function usageRows(files: readonly FoundFile[]): string {
  return /* sql */ `
  usage_rows AS (
    SELECT ${CLUSTER} AS cluster, metric, namespace, pod, container, node, uid, resource, id, name, ha_replica, labels, series_id,
      CASE WHEN ha_replica = '' THEN series_id
        ELSE md5(concat_ws(chr(31), metric, namespace, pod, container, node, job, instance, uid, resource, unit, id, image, name, labels))
      END AS logical_id,
      filename AS part, n, resets, integral, covered, increase, "first" AS first_value, "last" AS last_value,
      epoch_ms(first_ts) AS first_ms, epoch_ms(last_ts) AS last_ms,
      epoch_ms(stale_before_ts) AS marker_before_ms, epoch_ms(stale_after_ts) AS marker_after_ms
    FROM read_parquet([${files.map(quotedPath).join(', ')}], ${READ_OPTIONS})
    WHERE metric IN (${METRIC_LIST})
      AND (metric <> 'kube_pod_status_phase' OR labels LIKE '%"phase":"Running"%')
  )`;
}

/** Relation `sample_rows`: the samples of the given files, of the cost metrics. Without files an empty relation of the same shape. */
export function sampleRows(files: readonly FoundFile[]): string {
  if (files.length === 0) {
    return /* sql */ `
  sample_rows AS (
    SELECT '' AS cluster, '' AS series_id, CAST(0 AS BIGINT) AS ts_ms, CAST(0 AS DOUBLE) AS value WHERE false
  )`;
  }
  return /* sql */ `
  sample_rows AS (
    SELECT ${CLUSTER} AS cluster, series_id, epoch_ms(ts) AS ts_ms, value
    FROM read_parquet([${files.map(quotedPath).join(', ')}], ${READ_OPTIONS})
    WHERE metric IN (${METRIC_LIST})
      AND (metric <> 'kube_pod_status_phase' OR labels LIKE '%"phase":"Running"%')
  )`;
}

function quotedPath(file: FoundFile): string {
  return `'${file.path.replaceAll("'", "''")}'`;
}
