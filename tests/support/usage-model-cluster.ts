import type { Sample, Stream } from './usage-model.ts';

/** A cluster small enough to price by hand, as kube-state-metrics and cAdvisor would show it. Times are epoch milliseconds, memory GiB. */
export type ModelNode = {
  name: string;
  type?: string;
  region?: string;
  capacityType?: string;
  capacity: [cpu: number, memoryGib: number];
  allocatable: [cpu: number, memoryGib: number];
  fromMs: number;
  toMs: number;
};
export type ModelContainer = {
  name: string;
  isInit?: boolean;
  requests: [cpu: number, memoryGib: number];
  use: [cpu: number, memoryGib: number];
  gpus?: number;
  /** absent: the whole life of its pod */
  runs?: [fromMs: number, toMs: number][];
};
export type ModelPod = {
  namespace: string;
  name: string;
  node: string;
  owner?: [kind: string, name: string];
  labels?: Record<string, string>;
  fromMs: number;
  toMs: number;
  containers: ModelContainer[];
};

export const GIB = 1_073_741_824;
const KSM = { job: 'kube-state-metrics', instance: 'ksm:8080' };
const CADVISOR = { job: 'cadvisor', instance: 'kubelet:10250' };

/** @param everyMs the scrape interval, at whole multiples of itself */
export function clusterStreams(nodes: readonly ModelNode[], pods: readonly ModelPod[], everyMs = 60_000): Stream[] {
  return [...nodes.flatMap((node) => nodeStreams(node, everyMs)), ...pods.flatMap((pod) => podStreams(pod, everyMs))];
}

/** Scrapes of [fromMs, toMs), then a marker at the next one. */
export function scrapes(
  labels: Record<string, string>,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  at: (ts: number) => number,
  everyMs = 60_000,
): Stream {
  const samples: Sample[] = [];
  let ts = Math.ceil(fromMs / everyMs) * everyMs;
  for (; ts < toMs; ts += everyMs) samples.push({ ts, value: at(ts) });
  samples.push({ ts, value: null });
  return { labels, samples };
}

function nodeStreams(node: ModelNode, everyMs: number): Stream[] {
  const one = (metric: string, labels: Record<string, string>, value: number) =>
    scrapes({ ...KSM, metric, node: node.name, ...labels }, node, () => value, everyMs);
  const amounts = (metric: string, [cpu, memory]: [number, number]) => [
    one(metric, { resource: 'cpu', unit: 'core' }, cpu),
    one(metric, { resource: 'memory', unit: 'byte' }, memory * GIB),
  ];
  const labels = {
    label_node_kubernetes_io_instance_type: node.type ?? '',
    label_topology_kubernetes_io_region: node.region ?? 'us-east-1',
    ...(node.capacityType === undefined ? {} : { label_eks_amazonaws_com_capacity_type: node.capacityType }),
  };
  return [
    one('kube_node_info', { provider_id: `aws:///${node.name}` }, 1),
    one('kube_node_labels', labels, 1),
    ...amounts('kube_node_status_capacity', node.capacity),
    ...amounts('kube_node_status_allocatable', node.allocatable),
  ];
}

function podStreams(pod: ModelPod, everyMs: number): Stream[] {
  const uid = `uid-${pod.namespace}-${pod.name}-${pod.node}`;
  const [kind, owner] = pod.owner ?? ['<none>', '<none>'];
  const seen = (labels: Record<string, string>, at: (ts: number) => number = () => 1) =>
    scrapes({ ...KSM, namespace: pod.namespace, pod: pod.name, uid, ...labels }, pod, at, everyMs);
  const labels = Object.fromEntries(Object.entries(pod.labels ?? {}).map(([key, value]) => [`label_${key}`, value]));
  return [
    seen({ metric: 'kube_pod_info', node: pod.node, created_by_kind: kind, created_by_name: owner }),
    seen({ metric: 'kube_pod_labels', ...labels }),
    ...pod.containers.flatMap((container) => containerStreams(pod, uid, container, seen, everyMs)),
  ];
}

function containerStreams(
  pod: ModelPod,
  uid: string,
  { name, isInit, requests, use, gpus, runs = [[pod.fromMs, pod.toMs]] }: ModelContainer,
  seen: (labels: Record<string, string>, at?: (ts: number) => number) => Stream,
  everyMs: number,
): Stream[] {
  const which = isInit ? 'init_container' : 'container';
  const request = (resource: string, unit: string, amount: number) =>
    seen({ metric: `kube_pod_${which}_resource_requests`, container: name, node: pod.node, resource, unit }, () => amount);
  const isRunning = (ts: number) => runs.some(([from, to]) => from <= ts && ts < to);
  return [
    request('cpu', 'core', requests[0]),
    request('memory', 'byte', requests[1] * GIB),
    ...(gpus ? [request('nvidia_com_gpu', 'integer', gpus)] : []),
    seen({ metric: `kube_pod_${which}_status_running`, container: name }, (ts) => Number(isRunning(ts))),
    ...runs.flatMap(([fromMs, toMs], run) => {
      const labels = { ...CADVISOR, namespace: pod.namespace, pod: pod.name, node: pod.node };
      const measured = (metric: string, container: string, id: string, at: (ts: number) => number) =>
        scrapes({ ...labels, metric, container, id }, { fromMs, toMs }, at, everyMs);
      const id = `/${uid}/${name}/${run}`;
      return [
        measured('container_cpu_usage_seconds_total', name, id, (ts) => (use[0] * (ts - fromMs)) / 1000),
        measured('container_memory_working_set_bytes', name, id, () => use[1] * GIB),
        measured('container_start_time_seconds', name, id, () => fromMs / 1000),
        // What must never count: the sandbox and the whole pod.
        measured('container_cpu_usage_seconds_total', 'POD', `/${uid}/pause/${name}/${run}`, (ts) => ts),
        measured('container_memory_working_set_bytes', '', `/${uid}/${name}/${run}/pod`, () => 50 * GIB),
      ];
    }),
  ];
}

type Life = { fromMs: number; toMs: number };

export function volumeStreams(volume: Life & { namespace: string; claim: string; gib: number; driver?: string }): Stream[] {
  const { namespace, claim, gib, driver } = volume;
  const one = (labels: Record<string, string>, value: number) =>
    scrapes({ ...KSM, persistentvolume: `pv-${claim}`, ...labels }, volume, () => value);
  return [
    one({ metric: 'kube_persistentvolume_capacity_bytes' }, gib * GIB),
    one({ metric: 'kube_persistentvolume_claim_ref', name: claim, claim_namespace: namespace }, 1),
    ...(driver ? [one({ metric: 'kube_persistentvolume_info', csi_driver: driver, storageclass: 'shared' }, 1)] : []),
  ];
}

export function serviceStream(service: Life & { namespace: string; name: string; type: string }): Stream {
  const { namespace, name, type } = service;
  return scrapes({ ...KSM, metric: 'kube_service_spec_type', namespace, service: name, type }, service, () => 1);
}

export function ownerStream(labels: Record<string, string>, life: Life): Stream {
  return scrapes({ ...KSM, ...labels }, life, () => 1);
}
