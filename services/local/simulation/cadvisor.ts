import { nodeEntity, podEntity } from './entities.ts';
import type { ContainerEvent, ContainerRun, EventList, NodeEvent, PodEvent, Shape } from './events.ts';
import type { Add, Life, SeriesSpec, Target } from './scraped-series.ts';
import { constant, counter, gauge, ramp } from './values.ts';

type Labels = Record<string, string>;

/** One target a node: rows of its root and slices, and for each pod its cgroup, its sandbox, its network and its containers. */
export function cadvisorSeries(events: EventList, newTarget: () => Target, add: Add): void {
  events.nodes.forEach((node, nodeIndex) => {
    const target = newTarget();
    const life = { fromMs: node.createdMs, toMs: node.removedMs };
    const common = nodeLabels(node, events.cluster.region);
    add(target, nodeEntity(events, nodeIndex), life, nodeSpecs(node, common));
    events.pods.forEach((pod, podIndex) => {
      if (pod.node !== node.name) return;
      const entity = podEntity(podIndex);
      const labels = { ...common, namespace: pod.namespace, pod: pod.name };
      add(target, entity, within(life, { fromMs: pod.createdMs, toMs: pod.finishedMs ?? pod.deletedMs }), podSpecs(pod, labels));
      for (const container of pod.containers) {
        for (const run of container.runs) {
          add(target, entity, within(life, { fromMs: run.startMs, toMs: run.endMs }), containerSpecs(pod, container, run, labels));
        }
      }
    });
  });
}

/** What service discovery puts on every sample of a node's cAdvisor. */
function nodeLabels(node: NodeEvent, region: string): Labels {
  return {
    job: 'kubernetes-nodes-cadvisor',
    instance: node.name,
    node: node.name,
    eks_amazonaws_com_nodegroup: node.instanceType.replace('.', '-'),
    kubernetes_io_arch: 'amd64',
    kubernetes_io_os: 'linux',
    node_kubernetes_io_instance_type: node.instanceType,
    topology_kubernetes_io_region: region,
    topology_kubernetes_io_zone: node.zone,
  };
}

/** The rows with a cgroup path and no pod: they hold everything below them once more. */
function nodeSpecs(node: NodeEvent, common: Labels): SeriesSpec[] {
  const shares = { '/': 0.7, '/kubepods.slice': 0.55, '/system.slice': 0.05 };
  const cgroups = Object.entries(shares).flatMap(([id, share]) => {
    const labels = { ...common, id };
    const cpu = wave(node.capacity.cpuCores * share, node.createdMs);
    const memory = wave(node.capacity.memoryBytes * share, node.createdMs);
    return usageSpecs(labels, cpu, memory, { startMs: node.createdMs, resetsMs: [] });
  });
  const machine = [
    { metric: 'machine_cpu_cores', labels: common, fill: constant(node.capacity.cpuCores) },
    { metric: 'machine_memory_bytes', labels: common, fill: constant(node.capacity.memoryBytes) },
  ];
  return [...cgroups, ...machine, ...networkSpecs({ ...common, id: '/', interface: 'eth0' }, node.createdMs, 90_000)];
}

function podSpecs(pod: PodEvent, labels: Labels): SeriesSpec[] {
  const group = podGroup(pod);
  const main = pod.containers.filter(({ isInit }) => !isInit)[0] as ContainerEvent;
  const whole = { ...labels, id: group };
  const sandbox = {
    ...labels,
    container: 'POD',
    id: `${group}/${sandboxId(pod)}`,
    image: 'registry.example/simulated/pause:3.10',
    name: sandboxId(pod),
  };
  return [
    ...usageSpecs(whole, main.cpu, main.memory, { startMs: pod.createdMs, resetsMs: [] }).slice(0, 3),
    { metric: 'container_memory_working_set_bytes', labels: sandbox, fill: constant(700_416) },
    { metric: 'container_cpu_usage_seconds_total', labels: { ...sandbox, cpu: 'total' }, fill: constant(0.023) },
    ...networkSpecs({ ...whole, interface: 'eth0' }, pod.createdMs, 900 + (pod.createdMs % 7000)),
  ];
}

function containerSpecs(pod: PodEvent, container: ContainerEvent, run: ContainerRun, podLabels: Labels): SeriesSpec[] {
  const id = `${podGroup(pod)}/${run.id}`;
  const labels = { ...podLabels, container: container.name, id, image: container.image, name: run.id };
  return [
    ...usageSpecs(labels, container.cpu, container.memory, { startMs: run.startMs, resetsMs: run.counterResetsMs }),
    { metric: 'container_start_time_seconds', labels, fill: constant(run.startMs / 1000) },
    { metric: 'container_spec_memory_limit_bytes', labels, fill: constant(container.requests.memoryBytes * 2) },
    { metric: 'container_fs_writes_bytes_total', labels: { ...labels, device: '/dev/nvme0n1' }, fill: ramp(run.startMs, 4096) },
    { metric: 'container_oom_events_total', labels, fill: constant(0) },
  ];
}

/** cpu, working set, usage and rss of one cgroup. */
function usageSpecs(
  labels: Labels,
  cpu: Shape,
  memory: Shape,
  { startMs, resetsMs }: { startMs: number; resetsMs: number[] },
): SeriesSpec[] {
  return [
    { metric: 'container_cpu_usage_seconds_total', labels: { ...labels, cpu: 'total' }, fill: counter(cpu, startMs, resetsMs) },
    { metric: 'container_memory_working_set_bytes', labels, fill: gauge(memory) },
    { metric: 'container_memory_usage_bytes', labels, fill: gauge(memory, 1.125) },
    { metric: 'container_memory_rss', labels, fill: gauge(memory, 0.875) },
  ];
}

function networkSpecs(labels: Labels, startMs: number, bytesPerSecond: number): SeriesSpec[] {
  return [
    { metric: 'container_network_receive_bytes_total', labels, fill: ramp(startMs, bytesPerSecond) },
    { metric: 'container_network_transmit_bytes_total', labels, fill: ramp(startMs, bytesPerSecond * 0.75) },
    { metric: 'container_network_receive_packets_total', labels, fill: ramp(startMs, bytesPerSecond / 512) },
    { metric: 'container_network_transmit_packets_total', labels, fill: ramp(startMs, bytesPerSecond / 640) },
  ];
}

function wave(mean: number, seedMs: number): Shape {
  return { kind: 'sine', mean, amplitude: mean * 0.2, periodMs: 6 * 3_600_000, phaseMs: seedMs % 21_600_000 };
}

const podGroup = (pod: PodEvent) => `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${pod.uid.replaceAll('-', '_')}.slice`;
const sandboxId = (pod: PodEvent) => pod.uid.replaceAll('-', '').repeat(2);

function within(outer: Life, inner: Life): Life {
  const toMs = Math.min(outer.toMs ?? Number.POSITIVE_INFINITY, inner.toMs ?? Number.POSITIVE_INFINITY);
  return { fromMs: Math.max(outer.fromMs, inner.fromMs), toMs: Number.isFinite(toMs) ? toMs : null };
}
