import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ScrapeTargets = { addresses: string[]; seriesATarget: number; close(): Promise<void> };

/** Values whose bits are easily lost on the way: both zeros, the least and the greatest number, infinities, NaN. */
const AWKWARD = [1, Number.NaN, Number.POSITIVE_INFINITY, -0, 0, Number.NEGATIVE_INFINITY, 5e-324, Number.MAX_VALUE, 0.1 + 0.2];
const COUNTERS = 800;
const GAUGES = 400;
const VANISHING = 200;
const HISTOGRAMS = 15;
const BOUNDS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, Number.POSITIVE_INFINITY];
/** One target fails each time its scrape number leaves this rest: all its series become stale at once. */
const FAILING = { target: 3, every: 11, rest: 7 };

/**
 * Live targets for a Prometheus to scrape: counters with resets, gauges, classic histograms, series that come and go,
 * awkward values, labels that clash with column names, UTF-8 names, and a target that fails now and then.
 */
export async function startScrapeTargets(count: number): Promise<ScrapeTargets> {
  const servers = await Promise.all(Array.from({ length: count }, (_, target) => startTarget(target)));
  return {
    addresses: servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`),
    seriesATarget: exposition(0, 0)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')).length,
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

function startTarget(target: number): Promise<Server> {
  let scrape = 0;
  const server = createServer((_, response) => {
    const number = scrape++;
    if (target === FAILING.target && number % FAILING.every === FAILING.rest) return response.writeHead(500).end();
    response.setHeader('content-type', 'text/plain; version=1.0.0; escaping=allow-utf-8').end(exposition(target, number));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function exposition(target: number, scrape: number): string {
  return [...counters(target, scrape), ...gauges(target, scrape), ...vanishing(scrape), ...histograms(scrape), ...awkward(scrape), ''].join(
    '\n',
  );
}

function* counters(target: number, scrape: number): Generator<string> {
  yield '# TYPE shop_requests_total counter';
  for (let i = 0; i < COUNTERS; i++) {
    const sinceReset = i % 50 === 0 ? scrape % 9 : scrape;
    yield `shop_requests_total{route="/r/${i >> 2}",code="${200 + 100 * (i & 3)}",shop="s${target}"} ${sinceReset * (i + 1) + target}`;
  }
}

function* gauges(target: number, scrape: number): Generator<string> {
  yield '# TYPE shop_load gauge';
  for (let i = 0; i < GAUGES; i++)
    yield `shop_load{lane="${i}",namespace="ns${i % 7}",pod="p${i}"} ${Math.sin(scrape + i * (target + 1)) * 10 ** (i % 30)}`;
}

function* vanishing(scrape: number): Generator<string> {
  yield '# TYPE shop_visitors gauge';
  for (let i = 0; i < VANISHING; i++) if (((scrape >> 2) + i) % 2 === 0) yield `shop_visitors{door="${i}"} ${scrape + i}`;
}

function* histograms(scrape: number): Generator<string> {
  yield '# TYPE shop_latency_seconds histogram';
  for (let i = 0; i < HISTOGRAMS; i++) {
    for (const [rank, bound] of BOUNDS.entries())
      yield `shop_latency_seconds_bucket{step="${i}",le="${text(bound)}"} ${scrape * (rank + 1)}`;
    yield `shop_latency_seconds_sum{step="${i}"} ${text(scrape * 0.37 * i)}`;
    yield `shop_latency_seconds_count{step="${i}"} ${scrape * BOUNDS.length}`;
  }
}

function* awkward(scrape: number): Generator<string> {
  yield '# TYPE shop_awkward gauge';
  for (const [i, value] of AWKWARD.entries()) {
    yield `shop_awkward{kind="fixed",i="${i}"} ${text(value)}`;
    yield `shop_awkward{kind="turning",i="${i}"} ${text(AWKWARD[(i + scrape) % AWKWARD.length])}`;
  }
  yield `shop_clash{metric="m",labels="{}",series="7",series_id="x",ts="1",value="2",ha_replica="h"} ${scrape}`;
  yield `shop_words{text="a \\"quoted\\" \\\\ line\\nand ünïcode 🚢"} ${scrape}`;
  yield `{"shop.dotted.näme","label.with dots"="v"} ${scrape}`;
}

function text(value: number): string {
  if (Object.is(value, -0)) return '-0';
  return Math.abs(value) === Number.POSITIVE_INFINITY ? `${value < 0 ? '-' : '+'}Inf` : String(value);
}
