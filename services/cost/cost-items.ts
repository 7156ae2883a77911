/**
 * The cost table before grouping: from `nodes`, `charges`, `volumes` and `load_balancers` to `items`. For each node and hour the items
 * sum to its price. A cost that is not known is NULL and has a reason; one that a thing cannot have (a volume's CPU) is 0.
 */
export const COST_ITEMS = /* sql */ `
  node_loads AS (
    SELECT cluster, hour_ms, node, sum(cpu_s) AS cpu_s, sum(memory_s) AS memory_s, sum(gpu_s) AS gpu_s
    FROM charges GROUP BY cluster, hour_ms, node
  ),
  -- Where more is charged than the node can allocate, every charge shrinks by the same factor.
  loaded_nodes AS (
    SELECT n.*,
      CASE WHEN l.cpu_s > n.allocatable_cpu_s THEN n.allocatable_cpu_s / l.cpu_s ELSE 1 END AS cpu_factor,
      CASE WHEN l.memory_s > n.allocatable_memory_s THEN n.allocatable_memory_s / l.memory_s ELSE 1 END AS memory_factor,
      CASE WHEN l.gpu_s > n.allocatable_gpu_s THEN n.allocatable_gpu_s / l.gpu_s ELSE 1 END AS gpu_factor
    FROM nodes n LEFT JOIN node_loads l ON l.cluster = n.cluster AND l.hour_ms = n.hour_ms AND l.node = n.node
  ),
  container_items AS (
    SELECT c.*, n.valid_from_ms,
      CASE WHEN n.node IS NULL AND c.node = '' THEN 'the container''s node is not known'
        WHEN n.node IS NULL THEN 'no kube_node_info for the container''s node' ELSE n.reason END AS reason,
      coalesce(n.cpu_cost * c.cpu_s / nullif(n.capacity_cpu_s, 0), n.cpu_cost * 0) AS full_cpu_cost,
      coalesce(n.memory_cost * c.memory_s / nullif(n.capacity_memory_s, 0), n.memory_cost * 0) AS full_memory_cost,
      coalesce(n.gpu_cost * c.gpu_s / nullif(n.capacity_gpu_s, 0), n.gpu_cost * 0) AS full_gpu_cost,
      n.cpu_factor, n.memory_factor, n.gpu_factor
    FROM charges c
    LEFT JOIN loaded_nodes n ON n.cluster = c.cluster AND n.hour_ms = c.hour_ms AND n.node = c.node
    -- The last moment of a hold or of a growth may lie in an hour that the node did not see.
    WHERE n.node IS NOT NULL OR c.n > 0 OR c.most_requested > 0
  ),
  charged_nodes AS (
    SELECT cluster, hour_ms, node, sum(full_cpu_cost * cpu_factor) AS cpu_cost, sum(full_memory_cost * memory_factor) AS memory_cost,
      sum(full_gpu_cost * gpu_factor) AS gpu_cost
    FROM container_items GROUP BY cluster, hour_ms, node
  ),
  node_shares AS (
    SELECT n.cluster, n.hour_ms, n.node, n.valid_from_ms, n.reason,
      n.cpu_cost, n.memory_cost, n.gpu_cost,
      n.cpu_cost * coalesce(1 - n.allocatable_cpu_s / nullif(n.capacity_cpu_s, 0), 0) AS system_cpu,
      n.memory_cost * coalesce(1 - n.allocatable_memory_s / nullif(n.capacity_memory_s, 0), 0) AS system_memory,
      n.gpu_cost * coalesce(1 - n.allocatable_gpu_s / nullif(n.capacity_gpu_s, 0), 0) AS system_gpu,
      coalesce(c.cpu_cost, 0) AS charged_cpu, coalesce(c.memory_cost, 0) AS charged_memory, coalesce(c.gpu_cost, 0) AS charged_gpu
    FROM nodes n LEFT JOIN charged_nodes c ON c.cluster = n.cluster AND c.hour_ms = n.hour_ms AND c.node = n.node
  ),
  items AS (
    SELECT cluster, hour_ms, CASE WHEN reason IS NULL THEN 'workload' ELSE 'unpriced' END AS kind,
      namespace, pod, container, node, '' AS object,
      full_cpu_cost * cpu_factor AS cpu_cost, full_memory_cost * memory_factor AS memory_cost, full_gpu_cost * gpu_factor AS gpu_cost,
      CASE WHEN reason IS NULL THEN 0.0 END AS storage_cost, CASE WHEN reason IS NULL THEN 0.0 END AS load_balancer_cost,
      full_cpu_cost + full_memory_cost + full_gpu_cost AS full_cost,
      cpu_s, memory_s, gpu_s, used_cpu_s, requested_cpu_s, used_memory_s, requested_memory_s, 0.0 AS storage_byte_s, valid_from_ms, reason
    FROM container_items
    UNION ALL
    SELECT cluster, hour_ms, 'system', '', '', '', node, '', system_cpu, system_memory, system_gpu, 0, 0,
      system_cpu + system_memory + system_gpu, 0, 0, 0, 0, 0, 0, 0, 0, valid_from_ms, NULL
    FROM node_shares WHERE reason IS NULL
    UNION ALL
    -- The rest is idle. Rounding alone could bring it below 0.
    SELECT cluster, hour_ms, 'idle', '', '', '', node, '',
      greatest(cpu_cost - system_cpu - charged_cpu, 0), greatest(memory_cost - system_memory - charged_memory, 0),
      greatest(gpu_cost - system_gpu - charged_gpu, 0), 0, 0,
      greatest(cpu_cost - system_cpu - charged_cpu, 0) + greatest(memory_cost - system_memory - charged_memory, 0)
        + greatest(gpu_cost - system_gpu - charged_gpu, 0),
      0, 0, 0, 0, 0, 0, 0, 0, valid_from_ms, NULL
    FROM node_shares WHERE reason IS NULL
    UNION ALL
    SELECT cluster, hour_ms, 'unpriced', '', '', '', node, '', NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, reason
    FROM nodes WHERE reason IS NOT NULL
    UNION ALL
    SELECT cluster, hour_ms, CASE WHEN reason IS NULL THEN 'volume' ELSE 'unpriced' END, namespace, '', '', '', object,
      CASE WHEN reason IS NULL THEN 0.0 END, CASE WHEN reason IS NULL THEN 0.0 END, CASE WHEN reason IS NULL THEN 0.0 END,
      cost, CASE WHEN reason IS NULL THEN 0.0 END, cost, 0, 0, 0, 0, 0, 0, 0, byte_s, valid_from_ms, reason
    FROM volumes
    UNION ALL
    SELECT cluster, hour_ms, CASE WHEN reason IS NULL THEN 'load-balancer' ELSE 'unpriced' END, namespace, '', '', '', object,
      CASE WHEN reason IS NULL THEN 0.0 END, CASE WHEN reason IS NULL THEN 0.0 END, CASE WHEN reason IS NULL THEN 0.0 END,
      CASE WHEN reason IS NULL THEN 0.0 END, cost, cost, 0, 0, 0, 0, 0, 0, 0, 0, valid_from_ms, reason
    FROM load_balancers
  )`;
