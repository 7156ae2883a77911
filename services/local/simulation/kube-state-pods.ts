import type { ContainerEvent, PodEvent } from './events.ts';
import { type Labels, labelColumns, spec } from './kube-state-spec.ts';
import type { SeriesSpec } from './scraped-series.ts';
import { constant, timeline } from './values.ts';

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const;

/** What kube-state-metrics says of one pod and its containers, from its creation until its object is deleted. */
export function podSpecs(pod: PodEvent): SeriesSpec[] {
  const name = { namespace: pod.namespace, pod: pod.name, uid: pod.uid };
  const running = (on: number, off: number) =>
    timeline(off, [{ atMs: pod.runningMs, value: on }, ...(pod.finishedMs === null ? [] : [{ atMs: pod.finishedMs, value: off }])]);
  const phase = {
    Pending: timeline(1, [{ atMs: pod.runningMs, value: 0 }]),
    Running: running(1, 0),
    Succeeded: timeline(0, pod.finishedMs === null ? [] : [{ atMs: pod.finishedMs, value: 1 }]),
    Failed: constant(0),
    Unknown: constant(0),
  };
  const owner = { created_by_kind: pod.owner.kind, created_by_name: pod.owner.name };
  return [
    spec('kube_pod_info', { ...name, node: pod.node, ...owner, host_ip: '10.0.0.1', priority_class: '' }, 1),
    spec('kube_pod_labels', { ...name, ...labelColumns(pod.labels) }, 1),
    spec('kube_pod_owner', { ...name, owner_kind: pod.owner.kind, owner_name: pod.owner.name, owner_is_controller: 'true' }, 1),
    spec('kube_pod_created', name, pod.createdMs / 1000),
    spec('kube_pod_start_time', name, pod.createdMs / 1000),
    ...PHASES.map((each) => spec('kube_pod_status_phase', { ...name, phase: each }, phase[each])),
    spec('kube_pod_status_ready', { ...name, condition: 'true' }, running(1, 0)),
    spec('kube_pod_status_ready', { ...name, condition: 'false' }, running(0, 1)),
    ...pod.containers.flatMap((container) => containerSpecs(pod, container, name)),
  ];
}

function containerSpecs(pod: PodEvent, container: ContainerEvent, podName: Labels): SeriesSpec[] {
  const labels = { ...podName, container: container.name };
  const requested = { ...labels, node: pod.node };
  const prefix = container.isInit ? 'kube_pod_init_container' : 'kube_pod_container';
  const changes = container.runs.flatMap(({ startMs, endMs }) => [
    { atMs: startMs, value: 1 },
    ...(endMs === null ? [] : [{ atMs: endMs, value: 0 }]),
  ]);
  const restarts = container.runs.slice(1).map(({ startMs }, index) => ({ atMs: startMs, value: index + 1 }));
  return [
    spec(`${prefix}_info`, { ...labels, image: container.image, container_id: `containerd://${container.runs.at(-1)?.id}` }, 1),
    spec(`${prefix}_status_running`, labels, timeline(0, changes)),
    spec(`${prefix}_status_waiting`, labels, timeline(1, [{ atMs: container.runs[0]?.startMs as number, value: 0 }])),
    spec(
      `${prefix}_status_terminated`,
      labels,
      timeline(
        0,
        changes.map(({ atMs, value }) => ({ atMs, value: 1 - value })),
      ),
    ),
    spec(`${prefix}_status_restarts_total`, labels, timeline(0, restarts)),
    spec(`${prefix}_resource_requests`, { ...requested, resource: 'cpu', unit: 'core' }, container.requests.cpuCores),
    spec(`${prefix}_resource_requests`, { ...requested, resource: 'memory', unit: 'byte' }, container.requests.memoryBytes),
    spec(`${prefix}_resource_limits`, { ...requested, resource: 'memory', unit: 'byte' }, container.requests.memoryBytes * 2),
  ];
}
