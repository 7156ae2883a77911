import { cadvisorSeries } from './cadvisor.ts';
import type { EventList } from './events.ts';
import { kubeStateSeries } from './kube-state.ts';
import { createRandom } from './random.ts';
import type { Fill } from './values.ts';

/** One series of the simulated cluster. It is scraped at its target's times in [fromMs, toMs), then marked stale. */
export type Series = {
  /** name, value, name, value …, sorted by name */
  labels: string[];
  target: Target;
  /** Series of one pod, node or other object, which stay together in requests. */
  entity: number;
  fromMs: number;
  toMs: number;
  fill: Fill;
};

/** Something that is scraped once an interval, at an offset of its own. */
export type Target = { offsetMs: number };

/** What the makers of series hand in; labels in any order, an empty value stands for an absent label. */
export type SeriesSpec = { metric: string; labels: Record<string, string>; fill: Fill };
export type Add = (target: Target, entity: number, life: Life, specs: SeriesSpec[]) => void;
export type Life = { fromMs: number; toMs: number | null };

/**
 * The series of an event list with the names and labels of cAdvisor (one target a node) and kube-state-metrics (one
 * target), as a federated Prometheus sends them. Only those that live inside the fed span.
 */
export function makeSeries(events: EventList): Series[] {
  const random = createRandom(events.seed ^ 0x5ca1ab1e);
  const newTarget = (): Target => ({ offsetMs: random.integer(0, events.scrapeIntervalMs - 1) });
  const all: Series[] = [];
  const add: Add = (target, entity, life, specs) => {
    const toMs = life.toMs ?? Number.POSITIVE_INFINITY;
    if (life.fromMs >= events.feedToMs || toMs <= events.feedFromMs) return;
    for (const { metric, labels, fill } of specs) {
      all.push({ labels: sortedLabels({ __name__: metric, ...labels }), target, entity, fromMs: life.fromMs, toMs, fill });
    }
  };
  cadvisorSeries(events, newTarget, add);
  kubeStateSeries(events, newTarget(), add);
  return all;
}

function sortedLabels(labels: Record<string, string>): string[] {
  return Object.keys(labels)
    .filter((name) => labels[name] !== '')
    .sort()
    .flatMap((name) => [name, labels[name] as string]);
}
