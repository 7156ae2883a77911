import { hash } from './load-hash.ts';
import type { LoadSeries } from './load-requests.ts';

/** Series of a cluster in the order of its scrapes; `targets` says which of them are scraped together, `units` which belong to one container or sandbox. */
export type LoadCluster = { series: LoadSeries[]; targets: number[]; units: number[] };

type Type = LoadSeries['type'];
type Labels = Record<string, string>;

const PODS_A_NODE = 16;
const SERIES_A_NODE = 650;

const CONTAINER_METRICS: [string, Type][] = [
  ['container_cpu_usage_seconds_total', 'counter'],
  ['container_cpu_user_seconds_total', 'counter'],
  ['container_cpu_system_seconds_total', 'counter'],
  ['container_cpu_cfs_periods_total', 'counter'],
  ['container_cpu_cfs_throttled_seconds_total', 'counter'],
  ['container_memory_working_set_bytes', 'gauge'],
  ['container_memory_usage_bytes', 'gauge'],
  ['container_memory_rss', 'gauge'],
  ['container_memory_cache', 'gauge'],
  ['container_memory_failcnt', 'counter'],
  ['container_fs_reads_bytes_total', 'counter'],
  ['container_fs_writes_bytes_total', 'counter'],
  ['container_spec_cpu_quota', 'gauge'],
  ['container_spec_memory_limit_bytes', 'gauge'],
  ['container_start_time_seconds', 'gauge'],
  ['container_last_seen', 'gauge'],
  ['container_processes', 'gauge'],
  ['container_threads', 'gauge'],
];
const POD_METRICS: [string, Type][] = ['receive_bytes', 'receive_packets', 'receive_errors', 'receive_packets_dropped']
  .flatMap((name) => [name, name.replace('receive', 'transmit')])
  .map((name) => [`container_network_${name}_total`, 'counter']);
const STATE_METRICS: [string, Type][] = [
  ['kube_pod_info', 'gauge'],
  ['kube_pod_labels', 'gauge'],
  ['kube_pod_status_phase', 'gauge'],
  ['kube_pod_container_status_running', 'gauge'],
  ['kube_pod_container_resource_requests', 'gauge'],
  ['kube_pod_container_resource_limits', 'gauge'],
];

/** @returns `count` series with the names, labels and label lengths that cAdvisor and kube-state-metrics give: about 14 labels of 630 bytes each */
export function loadCluster(count: number): LoadCluster {
  const nodes = Math.max(1, Math.round(count / SERIES_A_NODE) + 1);
  const cluster: LoadCluster = { series: [], targets: [], units: [] };
  const units = new Map<Labels, number>();
  const add = (target: number, [metric, type]: [string, Type], labels: Labels) => {
    cluster.series.push({ type, labels: Object.entries({ __name__: metric, ...labels }).sort(([a], [b]) => (a < b ? -1 : 1)) });
    cluster.targets.push(target);
    if (!units.has(labels)) units.set(labels, units.size);
    cluster.units.push(units.get(labels) as number);
  };
  const cut = (length: number) => {
    cluster.series.length = cluster.targets.length = cluster.units.length = length;
  };
  const states: (() => void)[] = [];
  for (let node = 0; node < nodes; node++) {
    const pods = Array.from({ length: PODS_A_NODE }, (_, at) => podOf(node, at));
    // As a scrape lists them: by metric, then by container.
    for (const metric of CONTAINER_METRICS) for (const pod of pods) for (const container of pod.containers) add(node, metric, container);
    for (const metric of POD_METRICS) for (const pod of pods) add(node, metric, pod.network);
    states.push(() => {
      for (const metric of STATE_METRICS) for (const pod of pods) add(nodes, metric, pod.state);
    });
  }
  const stateSeries = nodes * PODS_A_NODE * STATE_METRICS.length;
  cut(Math.min(cluster.series.length, Math.max(0, count - stateSeries)));
  for (const addStates of states) addStates();
  cut(count);
  return cluster;
}

function podOf(node: number, at: number) {
  const namespace = ['storefront', 'payments-processing', 'data-platform', 'observability'][(node + at) % 4] as string;
  const app = `${namespace}-${['api', 'worker', 'scheduler', 'cache'][at % 4]}`;
  const uid = hex(node * 1000 + at, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const pod = `${app}-${hex(node * 7 + at, 10)}-${hex(at * 31 + node, 5)}`;
  const host = `ip-10-0-${node}-${100 + at}.us-east-1.compute.internal`;
  const nodeLabels: Labels = {
    instance: `ip-10-0-${node}-17.us-east-1.compute.internal`,
    job: 'kubernetes-nodes-cadvisor',
    node: `ip-10-0-${node}-17.us-east-1.compute.internal`,
    node_kubernetes_io_instance_type: node % 2 === 0 ? 'm7i.2xlarge' : 'r7g.xlarge',
    topology_kubernetes_io_zone: `us-east-1${'abc'[node % 3]}`,
    kubernetes_io_arch: 'amd64',
  };
  const group = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice`;
  const containers = Array.from({ length: at % 2 === 0 ? 2 : 1 }, (_, index): Labels => {
    const id = hex(node * 4001 + at * 17 + index, 64);
    return {
      ...nodeLabels,
      cluster: 'load',
      container: index === 0 ? app : 'istio-proxy',
      id: `${group}/cri-containerd-${id}.scope`,
      image: `registry.example/${namespace}/${app}:2026.11.${at}`,
      name: id,
      namespace,
      pod,
    };
  });
  const network: Labels = {
    ...nodeLabels,
    cluster: 'load',
    id: group,
    image: 'registry.example/pause:3.10',
    interface: 'eth0',
    name: hex(node * 9001 + at, 64),
    namespace,
    pod,
  };
  const state: Labels = {
    instance: 'kube-state-metrics.observability.svc:8080',
    job: 'kube-state-metrics',
    cluster: 'load',
    namespace,
    pod,
    uid,
    container: app,
    node: host,
    resource: 'cpu',
    unit: 'core',
    created_by_kind: 'ReplicaSet',
    created_by_name: `${app}-${hex(node * 7 + at, 10)}`,
    label_app_kubernetes_io_name: app,
    label_app_kubernetes_io_part_of: namespace,
  };
  return { containers, network, state };
}

/** Digits as random ids have them: hard to compress. */
function hex(seed: number, digits: number): string {
  let text = '';
  for (let at = 0; text.length < digits; at++)
    text += hash(seed, at + 1)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
}
