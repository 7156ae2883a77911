/**
 * The exact costs of a simulated cluster, from its event list alone. Written apart from the product and importing nothing of
 * it: the event list's JSON, the prices and the definition of a cost (docs/costs.md) are all that both sides share.
 *
 * Per node and UTC hour: the node's price x the time it was there, split into vCPU and memory; what the system keeps; what each
 * container is charged, the greater of requested and used; scaled to the allocatable where that is less; idle is the rest.
 * Volumes and load balancers by the time they were there.
 */
export type ClosedFormPrices = {
  /** by instance type: USD an hour and the size by which the price is split */
  instances: Record<string, { usdPerHour: number; vcpu: number; memoryGib: number }>;
  weights: { vcpu: number; memoryGib: number };
  volumeUsdPerGibHour: number;
  loadBalancerUsdPerHour: number;
};

export type ClosedForm = {
  namespaces: Record<string, number>;
  idle: number;
  system: number;
  total: number;
  overcommittedNodeHours: number;
};

type Resource = 'cpuCores' | 'memoryBytes';
type Amounts = Record<Resource, number>;
type Span = [startMs: number, endMs: number];
type ClosedFormShape =
  | { kind: 'sine'; mean: number; amplitude: number; periodMs: number; phaseMs: number }
  | { kind: 'steps'; steps: { atMs: number; level: number }[] };
type Container = {
  requests: Amounts;
  cpu: ClosedFormShape;
  memory: ClosedFormShape;
  runs: { startMs: number; endMs: number | null }[];
};
export type ClosedFormEvents = {
  fromMs: number;
  toMs: number;
  nodes: { name: string; instanceType: string; capacity: Amounts; allocatable: Amounts; createdMs: number; removedMs: number | null }[];
  pods: { namespace: string; node: string; containers: Container[] }[];
  volumes: { namespace: string; bytes: number; createdMs: number; deletedMs: number | null }[];
  services: { namespace: string; type: string; createdMs: number; deletedMs: number | null }[];
};

const HOUR_MS = 3_600_000;
const GIB = 1024 ** 3;
const RESOURCES: Resource[] = ['cpuCores', 'memoryBytes'];

/** @returns USD over [fromMs, toMs), which must be whole hours */
export function closedFormCosts(events: ClosedFormEvents, prices: ClosedFormPrices): ClosedForm {
  const result: ClosedForm = { namespaces: {}, idle: 0, system: 0, total: 0, overcommittedNodeHours: 0 };
  for (let hourMs = events.fromMs; hourMs < events.toMs; hourMs += HOUR_MS) {
    const hour: Span = [hourMs, hourMs + HOUR_MS];
    for (const node of events.nodes) addNodeHour(result, events, node, prices, hour);
    for (const { namespace, bytes, createdMs, deletedMs } of events.volumes) {
      const hours = secondsIn(hour, createdMs, deletedMs) / 3600;
      addTo(result, namespace, (bytes / GIB) * hours * prices.volumeUsdPerGibHour);
    }
    for (const { namespace, type, createdMs, deletedMs } of events.services) {
      if (type === 'LoadBalancer') addTo(result, namespace, (secondsIn(hour, createdMs, deletedMs) / 3600) * prices.loadBalancerUsdPerHour);
    }
  }
  result.total = Object.values(result.namespaces).reduce((a, b) => a + b, 0) + result.idle + result.system;
  return result;
}

function addNodeHour(
  result: ClosedForm,
  events: ClosedFormEvents,
  node: ClosedFormEvents['nodes'][number],
  prices: ClosedFormPrices,
  hour: Span,
): void {
  const aliveSeconds = secondsIn(hour, node.createdMs, node.removedMs);
  if (aliveSeconds === 0) return;
  const instance = prices.instances[node.instanceType];
  if (!instance) throw new Error(`no price for ${node.instanceType}`);
  const weighed = { cpuCores: instance.vcpu * prices.weights.vcpu, memoryBytes: instance.memoryGib * prices.weights.memoryGib };
  const nodeUsd = (instance.usdPerHour * aliveSeconds) / 3600;
  const pods = events.pods.filter((pod) => pod.node === node.name);
  let isOvercommitted = false;
  for (const resource of RESOURCES) {
    const partUsd = (nodeUsd * weighed[resource]) / (weighed.cpuCores + weighed.memoryBytes);
    const usdPerUnit = partUsd / (node.capacity[resource] * aliveSeconds);
    const available = node.allocatable[resource] * aliveSeconds;
    result.system += (node.capacity[resource] * aliveSeconds - available) * usdPerUnit;

    const charges = pods.flatMap(({ namespace, containers }) =>
      containers.map((container) => ({ namespace, amount: charge(container, resource, hour) })),
    );
    const charged = charges.reduce((sum, { amount }) => sum + amount, 0);
    const scale = charged > available ? available / charged : 1;
    if (scale < 1) isOvercommitted = true;
    for (const { namespace, amount } of charges) addTo(result, namespace, amount * scale * usdPerUnit);
    result.idle += (available - charged * scale) * usdPerUnit;
  }
  if (isOvercommitted) result.overcommittedNodeHours++;
}

/** Unit-seconds that one container is charged for in an hour. */
function charge(container: Container, resource: Resource, [hourStart, hourEnd]: Span): number {
  const shape = resource === 'cpuCores' ? container.cpu : container.memory;
  let requested = 0;
  let used = 0;
  for (const { startMs, endMs } of container.runs) {
    const start = Math.max(startMs, hourStart);
    const end = Math.min(endMs ?? hourEnd, hourEnd);
    if (end <= start) continue;
    requested += (container.requests[resource] * (end - start)) / 1000;
    used += integrate(shape, start, end);
  }
  return Math.max(requested, used);
}

/** The integral of a shape over a span, in value x seconds. */
export function integrate(shape: ClosedFormShape, startMs: number, endMs: number): number {
  if (shape.kind === 'sine') {
    const angle = (timeMs: number) => (2 * Math.PI * (timeMs + shape.phaseMs)) / shape.periodMs;
    const wave = (shape.amplitude * shape.periodMs * (Math.cos(angle(startMs)) - Math.cos(angle(endMs)))) / (2 * Math.PI);
    return (shape.mean * (endMs - startMs) + wave) / 1000;
  }
  return shape.steps.reduce((sum, { atMs, level }, index) => {
    const from = index === 0 ? startMs : Math.max(atMs, startMs);
    const to = Math.min(shape.steps[index + 1]?.atMs ?? endMs, endMs);
    return to > from ? sum + (level * (to - from)) / 1000 : sum;
  }, 0);
}

function secondsIn([start, end]: Span, createdMs: number, goneMs: number | null): number {
  return Math.max(0, Math.min(goneMs ?? end, end) - Math.max(createdMs, start)) / 1000;
}

function addTo(result: ClosedForm, namespace: string, usd: number): void {
  result.namespaces[namespace] = (result.namespaces[namespace] ?? 0) + usd;
}
