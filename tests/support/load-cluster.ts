import { hash } from './load-hash.ts';
import { type LoadMetric, type LoadMix, REFERENCE_MIX } from './load-mixes.ts';
import type { LoadSeries } from './load-requests.ts';

/** Series of a cluster in the order of its scrapes; `targets` says which of them are scraped together, `units` which belong to one container or sandbox. */
export type LoadCluster = { series: LoadSeries[]; targets: number[]; units: number[] };

type Labels = Record<string, string>;

const PODS_A_NODE = 16;
const CONTAINERS_A_NODE = 1.5 * PODS_A_NODE;

/** @returns `count` series with the names, labels and label lengths that cAdvisor and kube-state-metrics give: about 14 labels of 630 bytes each */
export function loadCluster(count: number, mix: LoadMix = REFERENCE_MIX): LoadCluster {
  const stateANode = PODS_A_NODE * mix.podStates.length + CONTAINERS_A_NODE * mix.containerStates.length;
  const seriesANode = CONTAINERS_A_NODE * mix.containers.length + PODS_A_NODE * mix.pods.length + stateANode;
  const nodes = Math.max(1, Math.round(count / seriesANode) + 1);
  const cluster: LoadCluster = { series: [], targets: [], units: [] };
  const units = new Map<Labels, number>();
  const add = (target: number, { name, labels: own }: LoadMetric, labels: Labels) => {
    const present = Object.entries({ __name__: name, ...labels, ...own }).filter(([, value]) => value !== '');
    cluster.series.push({ type: typeOf(name), labels: present.sort(([a], [b]) => (a < b ? -1 : 1)) });
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
    for (const metric of mix.containers) for (const pod of pods) for (const container of pod.containers) add(node, metric, container);
    for (const metric of mix.pods) for (const pod of pods) add(node, metric, pod.network);
    states.push(() => {
      for (const metric of mix.podStates) for (const { states: pod } of pods) add(nodes, metric, pod[0] as Labels);
      for (const metric of mix.containerStates) for (const pod of pods) for (const state of pod.states) add(nodes, metric, state);
    });
  }
  cut(Math.min(cluster.series.length, Math.max(0, count - nodes * stateANode)));
  for (const addStates of states) addStates();
  cut(count);
  return cluster;
}

const typeOf = (metric: string) => (/(_total|_failcnt)$/.test(metric) ? 'counter' : 'gauge');

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
  const states = containers.map(
    ({ container }): Labels => ({
      instance: 'kube-state-metrics.observability.svc:8080',
      job: 'kube-state-metrics',
      cluster: 'load',
      namespace,
      pod,
      uid,
      container: container as string,
      node: host,
      resource: 'cpu',
      unit: 'core',
      created_by_kind: 'ReplicaSet',
      created_by_name: `${app}-${hex(node * 7 + at, 10)}`,
      label_app_kubernetes_io_name: app,
      label_app_kubernetes_io_part_of: namespace,
    }),
  );
  return { containers, network, states };
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
