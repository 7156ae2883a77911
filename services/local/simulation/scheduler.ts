import type { NodeEvent, Resources } from './events.ts';
import type { Span } from './span.ts';

/** Decides where pods run. `untilMs` is the planned end; null lies behind the feed. */
export type Scheduler = {
  place(requests: Resources, atMs: number, untilMs: number | null): NodeEvent;
  /** Tells of a pod that went to a node by other means. */
  pin(node: NodeEvent, requests: Resources, atMs: number, untilMs: number | null): void;
};

type Placed = { requests: Resources; atMs: number; untilMs: number };

/** Puts each pod where the least is asked for, at its start and at its end. A node takes no pods in its last ten minutes. */
export function createScheduler(nodes: NodeEvent[], { feedToMs }: Span): Scheduler {
  const placed = new Map<NodeEvent, Placed[]>(nodes.map((node) => [node, []]));
  return {
    place(requests, atMs, untilMs) {
      const open = nodes.filter(
        ({ createdMs, removedMs }) => createdMs + 60_000 <= atMs && (removedMs === null || removedMs - 600_000 > atMs),
      );
      const load = (node: NodeEvent) =>
        Math.max(share(node, requests, atMs), share(node, requests, Math.min(untilMs ?? feedToMs, feedToMs) - 1));
      const loads = open.map(load);
      const chosen = open[loads.indexOf(Math.min(...loads))] as NodeEvent;
      this.pin(chosen, requests, atMs, untilMs);
      return chosen;
    },
    pin(node, requests, atMs, untilMs) {
      placed.get(node)?.push({ requests, atMs, untilMs: untilMs ?? Number.POSITIVE_INFINITY });
    },
  };

  function share(node: NodeEvent, requests: Resources, momentMs: number): number {
    const running = (placed.get(node) as Placed[]).filter(({ atMs, untilMs }) => atMs <= momentMs && momentMs < untilMs);
    const total = (of: (r: Resources) => number) => running.reduce((sum, pod) => sum + of(pod.requests), of(requests));
    return Math.max(total((r) => r.cpuCores) / node.allocatable.cpuCores, total((r) => r.memoryBytes) / node.allocatable.memoryBytes);
  }
}
