/**
 * What each node costs in each hour, and what of it Kubernetes keeps for itself. From `series_hours` and `prices` to `nodes`.
 *
 * A gauge seen twice at the same time (two scrapes of one exporter) must not count twice, one that changes its labels within the hour
 * must count whole: hence `sum(...)` over the series, brought down to the span they cover together.
 */
export const NODE_COST = /* sql */ `
  node_presence AS (
    SELECT cluster, hour_ms, node, least(sum(integral), (max(end_ms) - min(begin_ms)) / 1000.0) AS alive_s
    FROM series_hours
    WHERE metric = 'kube_node_info' AND node <> '' AND integral > 0
    GROUP BY cluster, hour_ms, node
  ),
  node_labels AS (
    SELECT cluster, hour_ms, node,
      coalesce(json_extract_string(labels, '$."label_node_kubernetes_io_instance_type"'), '') AS instance_type,
      coalesce(json_extract_string(labels, '$."label_topology_kubernetes_io_region"'), split_part(cluster, '/', 2)) AS region,
      replace(lower(coalesce(
        json_extract_string(labels, '$."label_karpenter_sh_capacity_type"'),
        json_extract_string(labels, '$."label_eks_amazonaws_com_capacity_type"'),
        json_extract_string(labels, '$."label_eks_amazonaws_com_capacityType"'), 'on-demand')), '_', '-') AS purchase
    FROM (
      SELECT cluster, hour_ms, node, max_by(labels, covered) AS labels
      FROM series_hours WHERE metric = 'kube_node_labels' GROUP BY cluster, hour_ms, node
    )
  ),
  cluster_regions AS (
    SELECT cluster, hour_ms, max_by(region, nodes) AS region
    FROM (SELECT cluster, hour_ms, region, count(*) AS nodes FROM node_labels GROUP BY cluster, hour_ms, region)
    GROUP BY cluster, hour_ms
  ),
  node_amounts AS (
    SELECT cluster, hour_ms, node, metric,
      CASE WHEN resource IN ('nvidia_com_gpu', 'amd_com_gpu') THEN 'gpu' ELSE resource END AS resource,
      sum(integral) / nullif(sum(covered), 0) AS amount
    FROM series_hours
    WHERE metric IN ('kube_node_status_capacity', 'kube_node_status_allocatable')
      AND resource IN ('cpu', 'memory', 'nvidia_com_gpu', 'amd_com_gpu')
    GROUP BY ALL
  ),
  node_sizes AS (
    SELECT cluster, hour_ms, node,
      max(amount) FILTER (WHERE metric = 'kube_node_status_capacity' AND resource = 'cpu') AS capacity_cpu,
      max(amount) FILTER (WHERE metric = 'kube_node_status_capacity' AND resource = 'memory') AS capacity_memory,
      max(amount) FILTER (WHERE metric = 'kube_node_status_capacity' AND resource = 'gpu') AS capacity_gpu,
      max(amount) FILTER (WHERE metric = 'kube_node_status_allocatable' AND resource = 'cpu') AS allocatable_cpu,
      max(amount) FILTER (WHERE metric = 'kube_node_status_allocatable' AND resource = 'memory') AS allocatable_memory,
      max(amount) FILTER (WHERE metric = 'kube_node_status_allocatable' AND resource = 'gpu') AS allocatable_gpu
    FROM node_amounts
    GROUP BY cluster, hour_ms, node
  ),
  known_types AS (
    SELECT type, bool_or(true) AS is_known FROM prices WHERE kind = 'instance' GROUP BY type
  ),
  -- Where Kubernetes does not say how large a node is, the price table does.
  nodes AS (
    SELECT p.cluster, p.hour_ms, p.node, p.alive_s, v.valid_from_ms,
      v.cpu_usd * p.alive_s / 3600 AS cpu_cost, v.memory_usd * p.alive_s / 3600 AS memory_cost, v.gpu_usd * p.alive_s / 3600 AS gpu_cost,
      coalesce(s.capacity_cpu, v.vcpu) * p.alive_s AS capacity_cpu_s,
      coalesce(s.capacity_memory, v.memory_bytes) * p.alive_s AS capacity_memory_s,
      coalesce(s.capacity_gpu, v.gpu) * p.alive_s AS capacity_gpu_s,
      least(coalesce(s.allocatable_cpu, s.capacity_cpu, v.vcpu), coalesce(s.capacity_cpu, v.vcpu)) * p.alive_s AS allocatable_cpu_s,
      least(coalesce(s.allocatable_memory, s.capacity_memory, v.memory_bytes), coalesce(s.capacity_memory, v.memory_bytes)) * p.alive_s AS allocatable_memory_s,
      least(coalesce(s.allocatable_gpu, s.capacity_gpu, v.gpu), coalesce(s.capacity_gpu, v.gpu)) * p.alive_s AS allocatable_gpu_s,
      CASE WHEN v.usd IS NOT NULL THEN NULL
        WHEN l.instance_type IS NULL THEN 'no kube_node_labels for the node'
        WHEN l.instance_type = '' THEN 'the node has no label node.kubernetes.io/instance-type'
        WHEN k.is_known IS NULL THEN 'no price for instance type ' || l.instance_type
        ELSE 'no ' || l.purchase || ' price for instance type ' || l.instance_type || ' in region ' || l.region
      END AS reason
    FROM node_presence p
    LEFT JOIN node_labels l ON l.cluster = p.cluster AND l.hour_ms = p.hour_ms AND l.node = p.node
    LEFT JOIN node_sizes s ON s.cluster = p.cluster AND s.hour_ms = p.hour_ms AND s.node = p.node
    LEFT JOIN prices v ON v.kind = 'instance' AND v.type = l.instance_type AND v.region = l.region AND v.purchase = l.purchase
      AND v.from_ms <= p.hour_ms AND p.hour_ms < v.to_ms
    LEFT JOIN known_types k ON k.type = l.instance_type
  )`;
