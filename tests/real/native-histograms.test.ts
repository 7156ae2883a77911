import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, sleep } from '../support/child.ts';
import { type HistogramRow, histogramRow } from '../support/histogram-model.ts';
import { type LakeExemplar, type LakeHistogram, readLakeExemplars, readLakeHistograms } from '../support/lake-packed.ts';
import { readLakeSamples } from '../support/lake-samples.ts';
import { type LocalPlatform, startLocalPlatform } from '../support/local-platform.ts';
import { type Prometheus, type PrometheusConfig, startPrometheus } from '../support/prometheus.ts';
import { readTsdbHistograms } from '../support/remote-read.ts';
import { canonicalLabels, STALE_BITS } from '../support/series-samples.ts';
import { QUEUES, queueMetric, queuesTo, until, untilQueuesWatch } from './remote-queues.ts';

const SCRAPING_MS = 40_000;
/** What the text of a staleness marker has and no other. */
const STALE = '"sum":null';
/** Rates of native histograms are float histograms. */
const RULES = {
  groups: [
    {
      name: 'rates',
      rules: [{ record: 'itself:requests:rate', expr: 'rate(prometheus_http_request_duration_seconds[10s])', labels: { job: 'rules' } }],
    },
  ],
};
/** Prometheus leaves custom buckets out of remote write 1.0. */
const JOBS: Record<(typeof QUEUES)[number]['name'], string[]> = { v1: ['itself', 'rules'], v2: ['itself', 'rules', 'shop'] };

describe('a real Prometheus sends native histograms and exemplars while the collector is killed once', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-native-'));
  const tsdb = new Map<string, string[]>();
  let target: Server;
  let prometheus: Prometheus;
  let platform: LocalPlatform;
  let exemplars: string[];
  let histograms: LakeHistogram[];
  let inLake: LakeExemplar[];

  before(async () => {
    target = await startTarget();
    const rulesFile = join(dir, 'rules.json');
    writeFileSync(rulesFile, JSON.stringify(RULES));
    const collectorPort = await freePort();
    const start = () => startLocalPlatform({ dataDir: join(dir, 'data'), collectorPort });
    platform = await start();
    const config: PrometheusConfig = {
      scrapeIntervalSeconds: 1,
      targets: [],
      remotes: queuesTo(platform.collectorUrl),
      native: { rulesFile, isScrapingItself: false },
    };
    prometheus = await startPrometheus(join(dir, 'prometheus'), config);
    await untilQueuesWatch(prometheus);
    const targets = [`127.0.0.1:${(target.address() as AddressInfo).port}`];
    await prometheus.configure({ ...config, targets, native: { rulesFile, isScrapingItself: true } });
    await sleep(SCRAPING_MS / 2);
    await platform.end('SIGKILL');
    await sleep(2_000);
    platform = await start();
    await sleep(SCRAPING_MS / 2);

    await prometheus.configure(config);
    await calm(prometheus);
    for (const job of JOBS.v2) tsdb.set(job, (await readTsdbHistograms(prometheus.url, { name: 'job', value: job })).map(tsdbText));
    exemplars = await readExemplars(prometheus.url);
    assert.equal(await platform.end('SIGTERM', 120_000), 0, platform.output());
    await prometheus.process.end('SIGTERM', 120_000);
    histograms = await readLakeHistograms(join(dir, 'data/lake'));
    inLake = await readLakeExemplars(join(dir, 'data/lake'));
  });

  after(async () => {
    await platform?.end('SIGKILL');
    await prometheus?.process.end('SIGKILL');
    target?.closeAllConnections();
    target?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('had integers, floats, custom buckets, staleness markers and exemplars to send', () => {
    const all = [...tsdb.values()].flat();
    for (const trait of ['"kind":"integer"', '"kind":"float"', '"schema":-53', STALE]) {
      assert.ok(
        all.some((text) => text.includes(trait)),
        `nothing with ${trait} among ${all.length}`,
      );
    }
    assert.ok(exemplars.length >= 20, `${exemplars.length} exemplars`);
  });

  for (const { name, message } of QUEUES) {
    it(`has the histograms of the TSDB in the lake, each once, with ${message}`, () => {
      const found = histograms.filter(
        ({ cluster, labels }) => cluster === name && JOBS[name].some((job) => labels.includes(`["job","${job}"]`)),
      );
      assertSame(
        found.map(({ labels, timeMs, row }) => textOf(labels, timeMs, row)),
        JOBS[name].flatMap((job) => tsdb.get(job) as string[]).filter((text) => !text.includes(STALE)),
      );
    });

    it(`has the ends of histograms as staleness markers among the samples, which is what Prometheus sends, with ${message}`, async () => {
      const samples = await readLakeSamples(join(dir, 'data/lake'), name);
      const texts = JOBS[name].flatMap((job) => tsdb.get(job) as string[]);
      const series = new Set(texts.map(labelsOf));
      const found = [...samples].filter(([labels]) => series.has(labels));
      assertSame(
        found.flatMap(([labels, values]) => [...values].map(([timeMs, bits]) => `${labels} ${timeMs} ${bits === STALE_BITS}`)),
        texts.filter((text) => text.includes(STALE)).map((text) => `${text.slice(0, text.indexOf(' {'))} true`),
      );
    });

    it(`has its exemplars in the lake, each once, with ${message}`, () => {
      const found = inLake.filter(({ cluster }) => cluster === name);
      assertSame(
        found.map(({ labels, exemplar, bits, timeMs }) => exemplarText(labels, exemplar, numberOf(bits), timeMs)),
        exemplars,
      );
    });
  }
});

/** A counter with exemplars, and a classic histogram with exemplars that comes and goes. */
function startTarget(): Promise<Server> {
  let scrape = 0;
  const server = createServer((_, response) => {
    const at = scrape++;
    const trace = (id: string, value: number) => `# {trace_id="${id}-${at}"} ${value} ${Date.now() / 1000}`;
    // Of exemplars of one time the TSDB keeps those whose values rise.
    const bucket = (le: string, count: number, value: number) => `shop_wait_seconds_bucket{le="${le}"} ${count} ${trace(`w${le}`, value)}`;
    const waits = [
      bucket('0.1', at, 0.05),
      bucket('1', 3 * at, 0.5),
      bucket('+Inf', 4 * at, 5),
      `shop_wait_seconds_sum ${at / 3}`,
      `shop_wait_seconds_count ${4 * at}`,
    ];
    const lines = [
      '# TYPE shop_orders counter',
      `shop_orders_total{lane="a"} ${at} ${trace('a', 1)}`,
      '# TYPE shop_wait_seconds histogram',
      ...(at % 6 < 4 ? waits : []),
      '# EOF\n',
    ];
    response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0; charset=utf-8').end(lines.join('\n'));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const labelsOf = (text: string) => text.slice(0, text.indexOf(']]') + 2);

function tsdbText({ labels, histogram }: Awaited<ReturnType<typeof readTsdbHistograms>>[number]): string {
  return textOf(labels, Number(histogram.timeMs), histogramRow(histogram, 0n, 100_000) as HistogramRow);
}

/** The TSDB writes empty buckets between others, and reset hints of its own: neither says anything of what was observed. */
function textOf(labels: string, timeMs: number, row: HistogramRow): string {
  const withAny = (buckets: HistogramRow['negative']) => buckets.filter(([, count]) => count !== 0n);
  const said = { ...row, negative: withAny(row.negative), positive: withAny(row.positive), resetHint: '', startMs: '' };
  return `${labels} ${timeMs} ${JSON.stringify(said, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`;
}

async function readExemplars(url: string): Promise<string[]> {
  const query = new URLSearchParams({
    query: '{job=~".+"}',
    start: String(Date.now() / 1000 - 3600),
    end: String(Date.now() / 1000 + 3600),
  });
  const answer = (await (await fetch(`${url}/api/v1/query_exemplars?${query}`)).json()) as {
    data: { seriesLabels: Record<string, string>; exemplars: { labels: Record<string, string>; value: string; timestamp: number }[] }[];
  };
  return answer.data.flatMap(({ seriesLabels, exemplars }) =>
    exemplars.map(({ labels, value, timestamp }) =>
      exemplarText(canonicalLabels(Object.entries(seriesLabels)), labels, Number(value), Math.round(timestamp * 1000)),
    ),
  );
}

function exemplarText(labels: string, own: Record<string, string>, value: number, timeMs: number): string {
  return `${labels} ${canonicalLabels(Object.entries(own))} ${value} ${timeMs}`;
}

function assertSame(found: readonly string[], expected: readonly string[]): void {
  const [extra, missing] = [without(found, expected), without(expected, found)];
  const shown = [...extra.slice(0, 5).map((row) => `+ ${row}`), ...missing.slice(0, 5).map((row) => `- ${row}`)];
  assert.equal(
    extra.length + missing.length,
    0,
    `${extra.length} too much, ${missing.length} missing of ${expected.length}:\n${shown.join('\n')}`,
  );
  assert.equal(new Set(found).size, found.length, 'one is there twice');
  console.log(`      ${found.length} rows`);
}

function without(rows: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return rows.filter((row) => !known.has(row));
}

/** Waits until nothing is pending and nothing has been sent for five polls: no more is scraped. */
async function calm(prometheus: Prometheus): Promise<void> {
  let [calmPolls, before] = [0, ''];
  await until(async () => {
    const pending = await ofQueues(prometheus, 'samples_pending', 'histograms_pending', 'exemplars_pending');
    const sent = (await ofQueues(prometheus, 'samples_total', 'histograms_total', 'exemplars_total')).join();
    calmPolls = pending.every((count) => count === 0) && sent === before ? calmPolls + 1 : 0;
    before = sent;
    return calmPolls >= 5;
  }, 120_000);
}

async function ofQueues(prometheus: Prometheus, ...metrics: string[]): Promise<number[]> {
  const all = await prometheus.metrics();
  return metrics.flatMap((metric) => QUEUES.map(({ name }) => queueMetric(all, metric, name)));
}

const numberOf = (bits: bigint) => new Float64Array(BigUint64Array.of(bits).buffer)[0] as number;
