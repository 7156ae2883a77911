import type { EventList } from './events.ts';

/** Numbers the objects of the cluster, so that both exporters give a pod's series the same number. */
export function podEntity(podIndex: number): number {
  return podIndex;
}

export function nodeEntity(events: EventList, nodeIndex: number): number {
  return events.pods.length + nodeIndex;
}

/** Everything that is neither a pod nor a node. */
export function otherEntity(events: EventList, index: number): number {
  return events.pods.length + events.nodes.length + index;
}
