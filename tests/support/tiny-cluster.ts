import { counter, gauge } from './tiny-lake.ts';
import type { Stream } from './usage-model.ts';

const GIB = 1_073_741_824;
const POD_HASH = '5d8f6c7b9';

type Options = {
  /** Names of metrics that do not arrive. */
  without?: readonly string[];
  /** Instance type of the second node; the first is an m6i.large. */
  secondType?: string;
  everyMs?: number;
};

/** Namespaces of the tiny cluster and how their pods are sized: `cores` and `gib` requested, `used` cores used. */
export const TINY_PODS = [
  { namespace: 'shop', app: 'web', node: 'node-a', cores: 0.5, gib: 2, used: 0.25 },
  { namespace: 'shop', app: 'cart', node: 'node-b', cores: 0.25, gib: 1, used: 0.1 },
  { namespace: 'payments', app: 'ledger', node: 'node-a', cores: 0.5, gib: 2, used: 0.6 },
  { namespace: 'batch', app: '=report', node: 'node-b', cores: 0.25, gib: 1, used: 0.05 },
] as const;

/** Two nodes and a handful of pods that do nothing but run, with every metric that costs need. */
export function tinyCluster(fromMs: number, toMs: number, options: Options = {}): Stream[] {
  const { without = [], secondType = 'm6i.large', everyMs = 60_000 } = options;
  const hold = (metric: string, labels: Record<string, string>, value = 1) =>
    gauge({ metric, job: 'kube-state-metrics', ...labels }, value, fromMs, toMs, { everyMs, ends: false });
  const node = (name: string, type: string) => [
    hold('kube_node_info', { node: name }),
    hold('kube_node_labels', {
      node: name,
      label_node_kubernetes_io_instance_type: type,
      label_topology_kubernetes_io_region: 'us-east-1',
    }),
    ...sizes(name, 'kube_node_status_capacity', 2, 8),
    ...sizes(name, 'kube_node_status_allocatable', 1.9, 7.2),
  ];
  const sizes = (name: string, metric: string, cores: number, gib: number) => [
    hold(metric, { node: name, resource: 'cpu', unit: 'core' }, cores),
    hold(metric, { node: name, resource: 'memory', unit: 'byte' }, gib * GIB),
  ];
  const pod = ({ namespace, app, node, cores, gib, used }: (typeof TINY_PODS)[number]) => {
    const set = `${app}-${POD_HASH}`;
    const name = `${set}-x1`;
    const uid = `uid-${namespace}-${app}`;
    const it = { namespace, pod: name, uid };
    const usage = { namespace, pod: name, container: 'main', node, job: 'kubelet', id: `/kubepods/${uid}/main`, name: `${uid}-main` };
    return [
      hold('kube_pod_info', { ...it, node, created_by_kind: 'ReplicaSet', created_by_name: set }),
      hold('kube_replicaset_owner', { namespace, replicaset: set, owner_kind: 'Deployment', owner_name: app }),
      hold('kube_pod_labels', { ...it, label_app: app, label_team: namespace === 'shop' ? 'web' : '' }),
      hold('kube_pod_container_status_running', { ...it, container: 'main' }),
      hold('kube_pod_container_resource_requests', { ...it, container: 'main', node, resource: 'cpu', unit: 'core' }, cores),
      hold('kube_pod_container_resource_requests', { ...it, container: 'main', node, resource: 'memory', unit: 'byte' }, gib * GIB),
      hold('container_memory_working_set_bytes', usage, (gib * GIB) / 2),
      hold('container_start_time_seconds', usage, fromMs / 1000),
      counter({ metric: 'container_cpu_usage_seconds_total', ...usage }, used, fromMs, toMs, { everyMs, ends: false }),
    ];
  };
  const namespaces = [...new Set(TINY_PODS.map(({ namespace }) => namespace))];
  return [
    ...node('node-a', 'm6i.large'),
    ...node('node-b', secondType),
    ...TINY_PODS.flatMap(pod),
    ...namespaces.map((namespace) => hold('kube_namespace_labels', { namespace, label_kubernetes_io_metadata_name: namespace })),
    hold('kube_service_spec_type', { namespace: 'shop', service: 'web', type: 'LoadBalancer' }),
    hold('kube_persistentvolume_capacity_bytes', { persistentvolume: 'pv-1' }, 100 * GIB),
    hold('kube_persistentvolume_claim_ref', { persistentvolume: 'pv-1', claim_namespace: 'payments', name: 'ledger-data' }),
  ].filter(({ labels }) => !without.includes(labels.metric));
}
