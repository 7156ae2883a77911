import type { EventList } from '../../services/local/simulation/events.ts';
import { RequestMaker } from '../../services/local/simulation/request-maker.ts';
import { makeScenario } from '../../services/local/simulation/scenario.ts';
import type { Series, Target } from '../../services/local/simulation/scraped-series.ts';
import { makeSeries } from '../../services/local/simulation/series.ts';
import type { Shard } from '../support/pipeline-sender.ts';

export type StreamOptions = {
  hours: number;
  /** Nodes of the simulated cluster that are kept, with their pods. */
  nodes: number;
  /** Values of `prometheus_replica`: one sender each, whose scrapes have an offset of their own. Without, a sender that has no such label. */
  halves?: string[];
  toMs: number;
};
export type Stream = { events: EventList; shards: Shard[]; samples: number };

const HOUR_MS = 3_600_000;
const CHUNK_MS = 300_000;
const SHARDS = 4;
/** How far along the early part ends. */
const EARLY_SHARE = 0.75;

/**
 * The requests of a small simulated cluster. One shard holds 20 minutes of the first hour back until the end of the early part, and the
 * second half, where there are two, does not scrape for 25 minutes of the second hour.
 */
export function makeStream({ hours, nodes, halves = [''], toMs }: StreamOptions): Stream {
  const events = smallCluster(makeScenario({ fromMs: toMs - hours * HOUR_MS, toMs, seed: 7 }), nodes);
  const { fromMs, feedFromMs, feedToMs } = events;
  const chunks = chunksOf(feedFromMs, feedToMs);
  const lateAt = Math.ceil(chunks.length * EARLY_SHARE);
  const shards: Shard[] = [];
  for (const [index, half] of halves.entries()) {
    const isDown = (atMs: number) => index === 1 && atMs >= fromMs + HOUR_MS + 600_000 && atMs < fromMs + HOUR_MS + 2_100_000;
    const series = halfOf(makeSeries(events), half, index * 23_000, events.scrapeIntervalMs);
    for (let shard = 0; shard < SHARDS; shard++) {
      const maker = new RequestMaker(
        events,
        series.filter(({ entity }) => entity % SHARDS === shard),
        CHUNK_MS,
      );
      const isHeld = (atMs: number) => shard === 1 && atMs >= fromMs + 1_200_000 && atMs < fromMs + 2_400_000;
      const bodies = chunks.map(([from, to], at) => ({ at, from, body: isDown(from) ? undefined : maker.make(from, to) }));
      const kept = bodies.flatMap(({ at, from, body }) => (body && body.samples > 0 ? [{ at, from, body }] : []));
      const only = (isWanted: (at: number, from: number) => boolean) =>
        kept.filter(({ at, from }) => isWanted(at, from)).map(({ body }) => body);
      shards.push({
        early: only((at, from) => at < lateAt && !isHeld(from)),
        late: only((_, from) => isHeld(from)),
        rest: only((at) => at >= lateAt),
      });
    }
  }
  const samples = shards.flatMap(({ early, late, rest }) => [...early, ...late, ...rest]).reduce((sum, body) => sum + body.samples, 0);
  return { events, shards, samples };
}

function smallCluster(events: EventList, count: number): EventList {
  // The node that leaves on the way and the one that joins are the most telling ones.
  const changing = events.nodes.filter(({ createdMs, removedMs }) => removedMs !== null || createdMs > events.feedFromMs);
  const others = events.nodes.filter((node) => !changing.includes(node));
  const nodes = [...others.slice(0, Math.max(0, count - changing.length)), ...changing];
  const names = new Set(nodes.map(({ name }) => name));
  return { ...events, nodes, pods: events.pods.filter(({ node }) => names.has(node)) };
}

/** The same series as another scraper sees them. */
function halfOf(series: readonly Series[], half: string, offsetMs: number, intervalMs: number): Series[] {
  if (half === '') return [...series];
  const targets = new Map<Target, Target>();
  const shifted = (target: Target) => {
    const known = targets.get(target) ?? { offsetMs: (target.offsetMs + offsetMs) % intervalMs };
    targets.set(target, known);
    return known;
  };
  return series.map((one) => ({ ...one, target: shifted(one.target), labels: withLabel(one.labels, 'prometheus_replica', half) }));
}

function withLabel(labels: readonly string[], name: string, value: string): string[] {
  const pairs = Array.from({ length: labels.length / 2 }, (_, at): [string, string] => [
    labels[2 * at] as string,
    labels[2 * at + 1] as string,
  ]);
  return [...pairs, [name, value]].sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)).flat() as string[];
}

function chunksOf(fromMs: number, toMs: number): [number, number][] {
  const chunks: [number, number][] = [];
  for (let at = fromMs; at < toMs; at += CHUNK_MS) chunks.push([at, Math.min(toMs, at + CHUNK_MS)]);
  return chunks;
}
