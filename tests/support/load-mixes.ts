/** A metric, and labels that differ from those of its container or pod; an empty one takes a label away. */
export type LoadMetric = { name: string; labels?: Record<string, string> };

/** Which series a node has: of each container and each pod's sandbox by cAdvisor, of each pod and each container by kube-state-metrics. */
export type LoadMix = { containers: LoadMetric[]; pods: LoadMetric[]; podStates: LoadMetric[]; containerStates: LoadMetric[] };

const NETWORK = ['receive_bytes', 'receive_packets', 'receive_errors', 'receive_packets_dropped'].flatMap((name) => [
  `container_network_${name}_total`,
  `container_network_${name.replace('receive', 'transmit')}_total`,
]);

/** The reference: a choice of families of which 48 % never change. */
export const REFERENCE_MIX: LoadMix = {
  containers: named(
    'container_',
    ...['cpu_usage_seconds_total', 'cpu_user_seconds_total', 'cpu_system_seconds_total', 'cpu_cfs_periods_total'],
    ...[
      'cpu_cfs_throttled_seconds_total',
      'memory_working_set_bytes',
      'memory_usage_bytes',
      'memory_rss',
      'memory_cache',
      'memory_failcnt',
    ],
    ...['fs_reads_bytes_total', 'fs_writes_bytes_total', 'spec_cpu_quota', 'spec_memory_limit_bytes', 'start_time_seconds', 'last_seen'],
    ...['processes', 'threads'],
  ),
  pods: named('', ...NETWORK),
  podStates: named(
    'kube_pod_',
    ...['info', 'labels', 'status_phase', 'container_status_running', 'container_resource_requests', 'container_resource_limits'],
  ),
  containerStates: [],
};

const KEPT = named(
  'container_',
  ...[
    'cpu_usage_seconds_total',
    'cpu_cfs_periods_total',
    'cpu_cfs_throttled_periods_total',
    'memory_working_set_bytes',
    'memory_usage_bytes',
  ],
  ...['memory_rss', 'fs_usage_bytes', 'fs_reads_bytes_total', 'fs_writes_bytes_total', 'start_time_seconds', 'oom_events_total'],
);
/** The cgroup of a pod is a row of cAdvisor too, without the labels of a container or an interface. */
const OF_POD_CGROUP = { container: '', interface: '', image: '', name: '' };

/**
 * What the agents of the program send: the families of cAdvisor that they keep (`infra/workloads/agent-config.ts`), and all that kube-state-metrics 2
 * says of pods (its docs/metrics/workload/pod-metrics.md, without what comes and goes).
 */
export const AGENT_MIX: LoadMix = {
  containers: KEPT,
  pods: [
    ...KEPT.map(({ name }) => ({ name, labels: OF_POD_CGROUP })),
    ...named('container_network_', 'receive_bytes_total', 'transmit_bytes_total'),
  ],
  podStates: [
    ...named('kube_pod_', 'info', 'owner', 'labels', 'created', 'start_time', 'restart_policy', 'scheduler', 'service_account', 'ips'),
    ...named('kube_pod_status_', 'scheduled_time', 'ready_time', 'initialized_time', 'container_ready_time'),
    ...each('kube_pod_status_phase', 'phase', ['Pending', 'Succeeded', 'Failed', 'Unknown', 'Running']),
    ...each('kube_pod_status_ready', 'condition', ['true', 'false', 'unknown']),
    ...each('kube_pod_status_scheduled', 'condition', ['true', 'false', 'unknown']),
    ...each('kube_pod_status_reason', 'reason', ['Evicted', 'NodeAffinity', 'NodeLost', 'Shutdown', 'UnexpectedAdmissionError']),
    ...each('kube_pod_status_qos_class', 'qos_class', ['BestEffort', 'Burstable', 'Guaranteed']),
    ...each('kube_pod_tolerations', 'key', ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']),
  ].map(({ name, ...one }) => ({ name, labels: { resource: '', unit: '', ...one.labels } })),
  containerStates: [
    ...named(
      'kube_pod_container_',
      ...['info', 'state_started', 'status_ready', 'status_restarts_total', 'status_running', 'status_terminated', 'status_waiting'],
    ).map(({ name }) => ({ name, labels: { resource: '', unit: '' } })),
    ...['requests', 'limits'].flatMap((kind) => [
      { name: `kube_pod_container_resource_${kind}`, labels: { resource: 'cpu', unit: 'core' } },
      { name: `kube_pod_container_resource_${kind}`, labels: { resource: 'memory', unit: 'byte' } },
    ]),
  ],
};

function named(prefix: string, ...names: string[]): LoadMetric[] {
  return names.map((name) => ({ name: `${prefix}${name}` }));
}

function each(name: string, label: string, values: string[]): LoadMetric[] {
  return values.map((value) => ({ name, labels: { [label]: value } }));
}
