/**
 * What each container is charged in each hour, in core-, byte- and GPU-seconds: the greater of what it requested while it ran and what it
 * used. From `series_hours` to `charges`, one row per container, node and hour.
 */
export const CONTAINER_CHARGES = /* sql */ `
  pod_places AS (
    SELECT cluster, hour_ms, namespace, pod, uid, node, sum(covered) AS covered
    FROM series_hours
    WHERE metric = 'kube_pod_info' AND node <> ''
    GROUP BY cluster, hour_ms, namespace, pod, uid, node
  ),
  measured_use AS (
    SELECT cluster, hour_ms, namespace, pod, container, node, id, name, metric,
      CASE WHEN metric = 'container_cpu_usage_seconds_total' THEN sum(increase) ELSE sum(integral) END
        * CASE WHEN sum(covered) > (max(end_ms) - min(begin_ms)) / 1000.0
            THEN (max(end_ms) - min(begin_ms)) / 1000.0 / sum(covered) ELSE 1 END AS amount,
      sum(n) AS n
    FROM series_hours
    WHERE metric IN ('container_cpu_usage_seconds_total', 'container_memory_working_set_bytes')
    GROUP BY cluster, hour_ms, namespace, pod, container, node, id, name, metric
  ),
  -- cAdvisor's rows that do not name their node get it from the pod: by its uid inside the cgroup's path, else the place it held longest.
  homeless_use AS (
    SELECT * FROM (
      SELECT u.cluster, u.hour_ms, u.namespace, u.pod, u.container, coalesce(p.node, '') AS node, u.metric, u.amount, u.n,
        row_number() OVER (
          PARTITION BY u.cluster, u.hour_ms, u.namespace, u.pod, u.container, u.id, u.name, u.metric
          ORDER BY CASE WHEN p.uid <> '' AND contains(replace(u.id, '_', '-'), p.uid) THEN 0 ELSE 1 END, p.covered DESC, p.node
        ) AS place
      FROM measured_use u
      LEFT JOIN pod_places p ON p.cluster = u.cluster AND p.hour_ms = u.hour_ms AND p.namespace = u.namespace AND p.pod = u.pod
      WHERE u.node = ''
    ) WHERE place = 1
  ),
  placed_use AS (
    SELECT cluster, hour_ms, namespace, pod, container, node, metric, amount, n FROM measured_use WHERE node <> ''
    UNION ALL
    SELECT cluster, hour_ms, namespace, pod, container, node, metric, amount, n FROM homeless_use
  ),

  running AS (
    SELECT cluster, hour_ms, namespace, pod, uid, container,
      sum(integral) * least(1, (max(end_ms) - min(begin_ms)) / 1000.0 / nullif(sum(covered), 0)) AS running_s
    FROM series_hours
    WHERE metric IN ('kube_pod_container_status_running', 'kube_pod_init_container_status_running')
    GROUP BY cluster, hour_ms, namespace, pod, uid, container
  ),
  running_pods AS (
    SELECT cluster, hour_ms, namespace, pod, uid,
      sum(integral) * least(1, (max(end_ms) - min(begin_ms)) / 1000.0 / nullif(sum(covered), 0)) AS running_s
    FROM series_hours
    WHERE metric = 'kube_pod_status_phase'
    GROUP BY cluster, hour_ms, namespace, pod, uid
  ),
  -- While a pod waits for its node its requests come without one; they belong to the node that it got.
  requests AS (
    SELECT s.cluster, s.hour_ms, s.namespace, s.pod, s.uid, s.container,
      coalesce(nullif(s.node, ''), p.node, '') AS node,
      CASE WHEN s.resource IN ('nvidia_com_gpu', 'amd_com_gpu') THEN 'gpu' ELSE s.resource END AS resource,
      bool_or(s.metric = 'kube_pod_container_resource_requests') AS is_main,
      sum(s.integral) / nullif(sum(s.covered), 0) AS amount
    FROM series_hours s
    LEFT JOIN (
      SELECT cluster, hour_ms, namespace, pod, uid, max_by(node, covered) AS node FROM pod_places GROUP BY cluster, hour_ms, namespace, pod, uid
    ) p ON p.cluster = s.cluster AND p.hour_ms = s.hour_ms AND p.namespace = s.namespace AND p.pod = s.pod AND p.uid = s.uid
    WHERE s.metric IN ('kube_pod_container_resource_requests', 'kube_pod_init_container_resource_requests')
      AND s.resource IN ('cpu', 'memory', 'nvidia_com_gpu', 'amd_com_gpu')
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
  ),
  requested AS (
    SELECT q.cluster, q.hour_ms, q.namespace, q.pod, q.container, q.node, q.resource,
      q.amount * coalesce(r.running_s, CASE WHEN q.is_main THEN f.running_s END, 0) AS amount
    FROM requests q
    LEFT JOIN running r ON r.cluster = q.cluster AND r.hour_ms = q.hour_ms AND r.namespace = q.namespace AND r.pod = q.pod
      AND r.uid = q.uid AND r.container = q.container
    LEFT JOIN running_pods f ON f.cluster = q.cluster AND f.hour_ms = q.hour_ms AND f.namespace = q.namespace AND f.pod = q.pod
      AND f.uid = q.uid
  ),
  demands AS (
    SELECT cluster, hour_ms, namespace, pod, container, node,
      CASE metric WHEN 'container_cpu_usage_seconds_total' THEN 'cpu' ELSE 'memory' END AS resource, amount AS used, 0 AS requested, n
    FROM placed_use
    UNION ALL
    SELECT cluster, hour_ms, namespace, pod, container, node, resource, 0, amount, 0 FROM requested WHERE amount > 0
  ),
  demand_sums AS (
    SELECT cluster, hour_ms, namespace, pod, container, node, resource,
      sum(used) AS used, sum(requested) AS requested, greatest(sum(used), sum(requested)) AS charged, sum(n) AS n
    FROM demands
    GROUP BY cluster, hour_ms, namespace, pod, container, node, resource
  ),
  charges AS (
    SELECT cluster, hour_ms, namespace, pod, container, node,
      coalesce(max(charged) FILTER (WHERE resource = 'cpu'), 0) AS cpu_s,
      coalesce(max(charged) FILTER (WHERE resource = 'memory'), 0) AS memory_s,
      coalesce(max(charged) FILTER (WHERE resource = 'gpu'), 0) AS gpu_s,
      coalesce(max(used) FILTER (WHERE resource = 'cpu'), 0) AS used_cpu_s,
      coalesce(max(requested) FILTER (WHERE resource = 'cpu'), 0) AS requested_cpu_s,
      coalesce(max(used) FILTER (WHERE resource = 'memory'), 0) AS used_memory_s,
      coalesce(max(requested) FILTER (WHERE resource = 'memory'), 0) AS requested_memory_s,
      sum(n) AS n, max(requested) AS most_requested
    FROM demand_sums
    GROUP BY cluster, hour_ms, namespace, pod, container, node
  )`;
