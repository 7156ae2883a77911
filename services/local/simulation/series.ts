import { cadvisorSeries } from './cadvisor.ts';
import type { EventList } from './events.ts';
import { kubeStateSeries } from './kube-state.ts';
import { createRandom } from './random.ts';
import type { Add, Series, Target } from './scraped-series.ts';

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
