import { WORKLOADS, type WorkloadSpec } from './catalog.ts';
import type { ContainerRun, NodeEvent, PodEvent } from './events.ts';
import { makeContainer, makeRun, sumRequests, withRestart } from './pod-parts.ts';
import type { Scheduler } from './scheduler.ts';
import { momentIn, type Span } from './span.ts';

const RESTARTING_SHARE = 0.04;
/** Containers whose cpu counter falls to 0 while the series goes on. */
const RESET_CONTAINERS = ['ledger', 'search'];

/** The pods of Deployments, StatefulSets and DaemonSets, each place of a replica with all the pods that held it. */
export function makeReplicaPods(span: Span, nodes: NodeEvent[], scheduler: Scheduler): PodEvent[] {
  // What has no choice of node first, so that the scheduler sees what it takes.
  const isFree = (spec: WorkloadSpec) => spec.node === undefined && spec.kind !== 'DaemonSet';
  const specs = [...WORKLOADS].sort((a, b) => Number(isFree(a)) - Number(isFree(b)));
  return specs.flatMap((spec) => {
    if (spec.kind === 'DaemonSet') return nodes.map((node) => daemonPod(span, spec, node, scheduler));
    const rolloutMs = spec.kind === 'Deployment' && span.random.chance(0.5) ? momentIn(span, 0.1, 0.9) : undefined;
    const revisions = [span.random.suffix(9), span.random.suffix(9)];
    return Array.from({ length: spec.replicas }, (_, replica) =>
      chain(span, spec, replica, { rolloutMs, revisions, nodes, scheduler }),
    ).flat();
  });
}

function daemonPod(span: Span, spec: WorkloadSpec, node: NodeEvent, scheduler: Scheduler): PodEvent {
  const createdMs = node.createdMs + span.random.integer(15, 40) * 1000;
  const endMs = node.removedMs === null ? null : node.removedMs - span.random.integer(2, 8) * 1000;
  const owner = { kind: 'DaemonSet', name: spec.name };
  scheduler.pin(node, sumRequests(spec.containers), createdMs, endMs);
  return makePod(span, spec, { name: `${spec.name}-${span.random.suffix(5)}`, owner, node, createdMs, endMs });
}

type Chain = { rolloutMs: number | undefined; revisions: string[]; nodes: NodeEvent[]; scheduler: Scheduler };

/** One replica's pods in time: the first from days ago, then one after each rollout, eviction or loss of the node. */
function chain(span: Span, spec: WorkloadSpec, replica: number, { rolloutMs, revisions, nodes, scheduler }: Chain): PodEvent[] {
  const { random } = span;
  const isStateful = spec.kind === 'StatefulSet';
  const ends: number[] = [];
  if (rolloutMs !== undefined) ends.push(rolloutMs + replica * random.integer(12, 25) * 1000);
  if (spec.node === undefined && random.chance(0.06)) ends.push(momentIn(span, 0.02, 0.98));
  ends.sort((a, b) => a - b);

  const pods: PodEvent[] = [];
  let createdMs: number | null = span.feedFromMs - random.integer(3600, 86_400) * 1000;
  while (createdMs !== null && createdMs < span.feedToMs) {
    const bornMs: number = createdMs;
    const plannedMs = ends.find((endMs) => endMs > bornMs + 120_000) ?? null;
    const pinned = pods.length === 0 && spec.node !== undefined ? nodes[spec.node] : undefined;
    const requests = sumRequests(spec.containers);
    if (pinned) scheduler.pin(pinned, requests, bornMs, pinned.removedMs);
    const node = pinned ?? scheduler.place(requests, bornMs, plannedMs);
    const drainedMs = node.removedMs === null ? null : node.removedMs - random.integer(60, 240) * 1000;
    const endMs: number | null = plannedMs === null || (drainedMs !== null && drainedMs < plannedMs) ? drainedMs : plannedMs;
    const revision = rolloutMs !== undefined && bornMs >= rolloutMs ? revisions[1] : revisions[0];
    const owner = isStateful ? { kind: 'StatefulSet', name: spec.name } : { kind: 'ReplicaSet', name: `${spec.name}-${revision}` };
    const name = isStateful ? `${spec.name}-${replica}` : `${owner.name}-${random.suffix(5)}`;
    const pod = makePod(span, spec, { name, owner, node, createdMs: bornMs, endMs });
    pods.push(pod);
    // A StatefulSet waits until the old pod is gone; a ReplicaSet starts the new one while the old one ends.
    createdMs =
      endMs === null ? null : isStateful ? (pod.deletedMs as number) + random.integer(1, 4) * 1000 : endMs - random.integer(0, 12) * 1000;
  }
  return pods;
}

type Place = { name: string; owner: PodEvent['owner']; node: NodeEvent; createdMs: number; endMs: number | null };

function makePod(span: Span, spec: WorkloadSpec, { name, owner, node, createdMs, endMs }: Place): PodEvent {
  const { random } = span;
  const initStartMs = createdMs + random.integer(2, 9) * 1000;
  const initEndMs = spec.init ? initStartMs + random.integer(...spec.init.seconds) * 1000 : initStartMs;
  const runningMs = initEndMs + random.integer(1, 4) * 1000;
  const containers = spec.containers.map((containerSpec) => {
    const run = makeRun(span, runningMs + random.integer(0, 3) * 1000, endMs);
    if (RESET_CONTAINERS.includes(containerSpec.name)) run.counterResetsMs.push(...resetOf(span, run));
    const runs = random.chance(RESTARTING_SHARE) ? withRestart(span, run) : [run];
    return makeContainer(span, containerSpec, false, runs);
  });
  const init = spec.init ? [makeContainer(span, spec.init, true, [makeRun(span, initStartMs, initEndMs)])] : [];
  return {
    namespace: spec.namespace,
    name,
    uid: random.uuid(),
    node: node.name,
    owner,
    workload: { kind: spec.kind, name: spec.name },
    labels: { app: spec.name },
    createdMs,
    runningMs,
    finishedMs: null,
    deletedMs: endMs === null ? null : endMs + random.integer(1, 3) * 1000,
    containers: [...init, ...containers],
  };
}

/** A random moment of the priced hours, if the run is up then. */
function resetOf(span: Span, { startMs, endMs }: ContainerRun): number[] {
  const resetMs = momentIn(span, 0.1, 0.9);
  return resetMs > startMs && resetMs < (endMs ?? span.toMs) ? [resetMs] : [];
}
