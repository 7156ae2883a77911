import { type HourUse, hourlyUse, type Stream } from './usage-model.ts';

/**
 * The cost formula, written a second time and naively, over raw samples: one priced instance type, costs by namespace with `(idle)` and
 * `(system)`. It knows the plain case only (every row names its node, nothing is seen twice).
 */
export type NodePrice = { cpu: number; memory: number };

type Use = { labels: Record<string, string>; hours: Map<number, HourUse> };

export function modelCosts(streams: readonly Stream[], price: NodePrice, hoursMs: readonly number[]): Map<string, number> {
  const uses = streams.map((stream): Use => ({ labels: stream.labels, hours: hourlyUse(stream.samples, startOf(stream, streams)) }));
  const costs = new Map<string, number>();
  const add = (group: string, cost: number) => costs.set(group, (costs.get(group) ?? 0) + cost);
  for (const hourMs of hoursMs) {
    const of = (metric: string, match: Record<string, string> = {}) =>
      uses
        .filter(({ labels }) => labels.metric === metric && Object.entries(match).every(([name, value]) => labels[name] === value))
        .map(({ labels, hours }) => ({ labels, hour: hours.get(hourMs) ?? { integral: 0, covered: 0, increase: 0, n: 0 } }));
    for (const { labels, hour } of of('kube_node_info')) {
      const { node } = labels;
      const alive = hour.integral;
      if (alive === 0) continue;
      for (const resource of ['cpu', 'memory'] as const) {
        const amount = (metric: string) => {
          const [found] = of(metric, { node, resource });
          return (found.hour.integral / found.hour.covered) * alive;
        };
        const capacity = amount('kube_node_status_capacity');
        const allocatable = amount('kube_node_status_allocatable');
        const cost = (price[resource] * alive) / 3600;
        const charges = containerCharges(of, node, resource);
        const sum = [...charges.values()].reduce((a, b) => a + b, 0);
        const factor = Math.min(1, allocatable / sum);
        for (const [key, charge] of charges) add(key.split('/')[0], (cost * charge * factor) / capacity);
        add('(system)', (cost * (capacity - allocatable)) / capacity);
        add('(idle)', (cost * Math.max(0, allocatable - sum)) / capacity);
      }
    }
  }
  return costs;
}

type Of = (metric: string, match?: Record<string, string>) => { labels: Record<string, string>; hour: HourUse }[];

/** max(requested while running, used) of each `namespace/pod/container` of a node. */
function containerCharges(of: Of, node: string, resource: 'cpu' | 'memory'): Map<string, number> {
  const used = new Map<string, number>();
  const requested = new Map<string, number>();
  const add = (sums: Map<string, number>, labels: Record<string, string>, amount: number) => {
    const key = `${labels.namespace}/${labels.pod}/${labels.container}`;
    sums.set(key, (sums.get(key) ?? 0) + amount);
  };
  const metric = resource === 'cpu' ? 'container_cpu_usage_seconds_total' : 'container_memory_working_set_bytes';
  for (const { labels, hour } of of(metric, { node })) {
    if (labels.container === '' || labels.container === 'POD') continue;
    add(used, labels, resource === 'cpu' ? hour.increase : hour.integral);
  }
  for (const kind of ['container', 'init_container']) {
    for (const { labels, hour } of of(`kube_pod_${kind}_resource_requests`, { node, resource })) {
      const { namespace, pod, container, uid } = labels;
      const [running] = of(`kube_pod_${kind}_status_running`, { namespace, pod, container, uid });
      if (hour.covered > 0) add(requested, labels, (hour.integral / hour.covered) * running.hour.integral);
    }
  }
  const keys = new Set([...used.keys(), ...requested.keys()]);
  return new Map([...keys].map((key) => [key, Math.max(used.get(key) ?? 0, requested.get(key) ?? 0)]));
}

function startOf(stream: Stream, streams: readonly Stream[]): number | undefined {
  if (stream.labels.metric !== 'container_cpu_usage_seconds_total') return undefined;
  const start = streams.find(({ labels }) => labels.metric === 'container_start_time_seconds' && labels.id === stream.labels.id);
  const value = start?.samples.find((sample) => sample.value !== null)?.value;
  return value === undefined || value === null ? undefined : value * 1000;
}
