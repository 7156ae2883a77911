import { CRON_JOBS, GIB, LEAVING_NODE, NAMESPACES, NODE_PLAN, NODE_TYPES, type NodeType, WORKLOADS } from './catalog.ts';
import type { EventList, NodeEvent, VolumeEvent } from './events.ts';
import { makeJobPods } from './job-pods.ts';
import { createRandom } from './random.ts';
import { makeReplicaPods } from './replica-pods.ts';
import { createScheduler } from './scheduler.ts';
import { momentIn, type Span } from './span.ts';

export const SIMULATED_CLUSTER = { account: '000000000000', region: 'us-east-1', name: 'simulated' };
const LEAD_MS = 300_000;
const TAIL_MS = 120_000;
const DAY_MS = 86_400_000;

/**
 * Makes up a cluster over the hours [fromMs, toMs): about 20 nodes, 300 pods and 13,000 series, of which one node joins,
 * one leaves, Jobs complete, Deployments roll out, containers restart and three nodes are overcommitted.
 * The same options make the same list.
 */
export function makeScenario({ fromMs, toMs, seed }: { fromMs: number; toMs: number; seed: number }): EventList {
  const random = createRandom(seed);
  const span: Span = { random, fromMs, toMs, feedFromMs: fromMs - LEAD_MS, feedToMs: toMs + TAIL_MS };
  const nodes = makeNodes(span);
  const scheduler = createScheduler(nodes, span);
  const replicaPods = makeReplicaPods(span, nodes, scheduler);
  const pods = [...replicaPods, ...makeJobPods(span, scheduler)].filter((pod) => pod.deletedMs === null || pod.deletedMs > span.feedFromMs);
  return {
    note: 'simulated cluster: no real account, node or workload',
    seed,
    fromMs,
    toMs,
    feedFromMs: span.feedFromMs,
    feedToMs: span.feedToMs,
    scrapeIntervalMs: 60_000,
    cluster: SIMULATED_CLUSTER,
    namespaces: NAMESPACES.map(({ name, team }) => ({ name, labels: { 'kubernetes.io/metadata.name': name, ...(team ? { team } : {}) } })),
    nodes,
    workloads: [
      ...WORKLOADS.map(({ namespace, kind, name, replicas }) => ({ namespace, kind, name, replicas })),
      ...CRON_JOBS.map(({ namespace, name }) => ({ namespace, kind: 'CronJob' as const, name, replicas: 0 })),
    ],
    pods: pods.sort((a, b) => a.createdMs - b.createdMs),
    volumes: makeVolumes(span),
    services: makeServices(span),
  };
}

function makeNodes(span: Span): NodeEvent[] {
  const node = (index: number, type: NodeType, createdMs: number, removedMs: number | null): NodeEvent => {
    const { random } = span;
    const zone = `us-east-1${random.pick(['a', 'b', 'c'])}`;
    return {
      name: `ip-10-0-${index}-${random.integer(4, 250)}.ec2.internal`,
      providerId: `aws:///${zone}/i-0${random.hex(16)}`,
      zone,
      instanceType: type.instanceType,
      capacityType: 'ON_DEMAND',
      capacity: { cpuCores: type.cpuCores, memoryBytes: type.memoryBytes, pods: type.pods },
      allocatable: {
        cpuCores: type.cpuCores - type.systemCpuCores,
        memoryBytes: type.memoryBytes - type.systemMemoryBytes,
        pods: type.pods,
      },
      createdMs,
      removedMs,
    };
  };
  const longAgo = () => span.feedFromMs - span.random.integer(2 * 86_400, 9 * 86_400) * 1000;
  return [
    ...NODE_PLAN.map((type, index) => node(index, type, longAgo(), index === LEAVING_NODE ? momentIn(span, 0.55, 0.8) : null)),
    node(NODE_PLAN.length, NODE_TYPES.general, momentIn(span, 0.15, 0.45), null),
  ];
}

/** Claims of the workloads, plus one volume made and one deleted on the way. */
function makeVolumes(span: Span): VolumeEvent[] {
  const { random, feedFromMs } = span;
  const volume = (namespace: string, claim: string, gib: number, createdMs: number, deletedMs: number | null): VolumeEvent => ({
    name: `pvc-${random.uuid()}`,
    namespace,
    claim,
    storageClass: 'gp3',
    bytes: gib * GIB,
    createdMs,
    deletedMs,
  });
  const longAgo = feedFromMs - 10 * DAY_MS;
  const claims = WORKLOADS.flatMap(({ namespace, name, replicas, volumeGib }) =>
    volumeGib ? Array.from({ length: replicas }, (_, i) => volume(namespace, `data-${name}-${i}`, volumeGib, longAgo, null)) : [],
  );
  return [
    ...claims,
    volume('data', 'scratch', 500, momentIn(span, 0.2, 0.5), null),
    volume('search', 'reindex', 300, longAgo, momentIn(span, 0.5, 0.9)),
  ];
}

function makeServices({ feedFromMs }: Span): EventList['services'] {
  return WORKLOADS.filter(({ kind }) => kind === 'Deployment').map(({ namespace, name, isLoadBalanced }) => ({
    namespace,
    name,
    type: isLoadBalanced ? 'LoadBalancer' : 'ClusterIP',
    createdMs: feedFromMs - 10 * DAY_MS,
    deletedMs: null,
  }));
}
