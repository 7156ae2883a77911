import type { LoadSeries, PutValue } from './load-requests.ts';

/** Series of a cluster in the order of its scrapes; `target` says which of them are scraped together. */
export type LoadCluster = { series: LoadSeries[]; targets: number[] };

type Type = LoadSeries['type'];
type Labels = Record<string, string>;

const PODS_A_NODE = 16;
const SERIES_A_NODE = 650;
/** Of a thousand series; what was counted on real cAdvisor and kube-state-metrics output. */
const CONSTANT_SHARE = 480;

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
  const cluster: LoadCluster = { series: [], targets: [] };
  const add = (target: number, [metric, type]: [string, Type], labels: Labels) => {
    cluster.series.push({ type, labels: Object.entries({ __name__: metric, ...labels }).sort(([a], [b]) => (a < b ? -1 : 1)) });
    cluster.targets.push(target);
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
  cluster.series.length = cluster.targets.length = Math.min(cluster.series.length, Math.max(0, count - stateSeries));
  for (const addStates of states) addStates();
  cluster.series.length = cluster.targets.length = count;
  return cluster;
}

/** Fills `putValue` of a request of series from `first` on: constants, counters that grow unevenly, gauges that wander. */
export function loadValues({ series }: LoadCluster, first: number): PutValue {
  return (view, at, index, timeMs) => {
    const id = first + index;
    const noise = hash(id, 0);
    if (noise % 1000 < CONSTANT_SHARE) view.setFloat64(at, noise % 7 === 0 ? noise * 4096 : noise % 3, true);
    else if (series[id]?.type === 'counter') {
      const seconds = (timeMs % 86_400_000) / 1000;
      const used = noise + seconds * ((noise % 977) / 331) + hash(id, timeMs) / 2 ** 32;
      view.setFloat64(at, noise % 2 === 0 ? Math.round(used * 1e9) / 1e9 : Math.round(used * 1000), true);
    } else {
      // Memory in pages: a slow swing of some thousand, and up to 128 from one scrape to the next.
      const swing = Math.round(3000 * Math.sin(timeMs / 1_200_000 + noise));
      view.setFloat64(at, ((noise & 0xfffff) + 8192 + swing + (hash(id, timeMs) >>> 25)) * 4096, true);
    }
  };
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

function hash(a: number, b: number): number {
  let mix = Math.imul(a + 0x9e3779b9, 0x85ebca6b) ^ Math.imul((b % 0x7fffffff) + 0x165667b1, 0xc2b2ae35);
  mix = Math.imul(mix ^ (mix >>> 15), 0x2c1b3c6d);
  mix = Math.imul(mix ^ (mix >>> 12), 0x297a2d39);
  return (mix ^ (mix >>> 15)) >>> 0;
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
