import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineProgram } from '../../tools/engines/find.ts';
import { freePort, sleep } from '../support/child.ts';
import { readLakeSamples } from '../support/lake-samples.ts';
import { type LocalPlatform, startLocalPlatform } from '../support/local-platform.ts';
import { type Prometheus, type PrometheusConfig, startPrometheus } from '../support/prometheus.ts';
import { readTsdb } from '../support/remote-read.ts';
import { type ScrapeTargets, startScrapeTargets } from '../support/scrape-targets.ts';
import { countSamples, differences, type SeriesSamples, STALE_BITS } from '../support/series-samples.ts';
import { QUEUES, queueMetric, queuesTo, until, untilQueuesWatch } from './remote-queues.ts';

const SCRAPING_MS = Number(process.env.REMOTE_WRITE_MINUTES ?? 3) * 60_000;
const DOWN_MS = 4_000;
const TARGETS = 4;

describe(`a real Prometheus remote-writes for ${SCRAPING_MS / 60_000} min while the collector is killed twice`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-remote-write-'));
  let targets: ScrapeTargets;
  let prometheus: Prometheus;
  let platform: LocalPlatform;
  let tsdb: SeriesSamples;
  let metrics: Map<string, number>;

  before(async () => {
    targets = await startScrapeTargets(TARGETS);
    const collectorPort = await freePort();
    const start = () => startLocalPlatform({ dataDir: join(dir, 'data'), collectorPort });
    platform = await start();
    const config: PrometheusConfig = {
      scrapeIntervalSeconds: 3,
      targets: [],
      remotes: queuesTo(platform.collectorUrl),
    };
    prometheus = await startPrometheus(join(dir, 'prometheus'), config);
    await untilQueuesWatch(prometheus);
    await prometheus.configure({ ...config, targets: targets.addresses });

    for (let kill = 0; kill < 2; kill++) {
      await sleep(SCRAPING_MS / 3);
      await platform.end('SIGKILL');
      await sleep(DOWN_MS);
      platform = await start();
    }
    await sleep(SCRAPING_MS / 3);

    await prometheus.configure(config);
    await drained(prometheus);
    metrics = await prometheus.metrics();
    tsdb = await readTsdb(prometheus.url, { name: 'job', value: 'shop' });
    assert.equal(await platform.end('SIGTERM', 120_000), 0, platform.output());
    await prometheus.process.end('SIGTERM', 120_000);
  });

  after(async () => {
    await platform?.end('SIGKILL');
    await prometheus?.process.end('SIGKILL');
    await targets?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('had at least 5,000 live series with staleness markers, NaN and infinities among their samples', () => {
    assert.ok(targets.seriesATarget * TARGETS >= 5_000, `${targets.seriesATarget * TARGETS} series`);
    assert.ok(tsdb.size >= 5_000, `${tsdb.size} series in the TSDB`);
    for (const bits of [STALE_BITS, 0x7ff8000000000001n, 0x7ff0000000000000n, 0xfff0000000000000n]) {
      assert.ok(countSamples(tsdb, (each) => each === bits) > 0, `no sample 0x${bits.toString(16)}`);
    }
  });

  it('read all of the TSDB: promtool dumps the same samples, save that only the dump knows -0', () => {
    const dumped = dump(prometheus.dataDir).map(([value, timeMs]) => `${timeMs} ${Number(value) + 0}`);
    const read = [...tsdb.values()].flatMap((samples) => [...samples].map(([timeMs, bits]) => `${timeMs} ${numberOf(bits)}`));
    assert.ok(dumped.sort().join('\n') === read.sort().join('\n'), `${dumped.length} dumped, ${read.length} read`);
    // Prometheus' encoders leave out every value that equals 0: its remote read and remote write say 0 where its TSDB holds -0.
    assert.ok(dump(prometheus.dataDir).some(([value]) => value === '-0'));
    assert.equal(
      countSamples(tsdb, (bits) => bits === 0x8000000000000000n),
      0,
    );
  });

  for (const { name, message } of QUEUES) {
    it(`made Prometheus retry, and lose nothing, with ${message}`, () => {
      assert.ok(queueMetric(metrics, 'samples_retried_total', name) > 0, 'nothing was retried: the kills proved nothing');
      assert.equal(queueMetric(metrics, 'samples_failed_total', name), 0);
    });

    it(`has the samples of the TSDB in the lake, each once and bit by bit, with ${message}`, async () => {
      const lake = await readLakeSamples(join(dir, 'data/lake'), name);
      const found = differences(lake, tsdb);
      assert.equal(found.length, 0, `${found.length} of ${countSamples(tsdb)} samples differ, such as\n${found.slice(0, 10).join('\n')}`);
      console.log(`      ${countSamples(lake)} samples of ${lake.size} series, ${countSamples(lake, (bits) => bits === STALE_BITS)} stale`);
      console.log(`      ${queueMetric(metrics, 'samples_retried_total', name)} samples retried`);
    });
  }
});

/** Value and time of each sample as promtool prints them; it does not tell one NaN from another. */
function dump(dataDir: string): [string, string][] {
  const args = ['tsdb', 'dump', '--match={job="shop"}', dataDir];
  const text = execFileSync(engineProgram('promtool'), args, { encoding: 'utf8', maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = text.split('\n').filter((line) => line !== '');
  return lines
    .map((line) => line.split(' ').slice(-2) as [string, string])
    .map(([value, timeMs]) => [value.replace(/Inf$/, 'Infinity'), timeMs]);
}

function numberOf(bits: bigint): number {
  return new Float64Array(BigUint64Array.of(bits).buffer)[0];
}

/** Waits until each queue has sent all that the TSDB has taken, and stays so: the watcher of the log runs behind by moments. */
async function drained(prometheus: Prometheus): Promise<void> {
  let calmPolls = 0;
  await until(async () => {
    const now = await prometheus.metrics();
    const appended = now.get('prometheus_tsdb_head_samples_appended_total{type="float"}');
    const isCalm = QUEUES.every(({ name }) => queueMetric(now, 'samples_pending', name) === 0 && sent(now, name) === appended);
    calmPolls = isCalm ? calmPolls + 1 : 0;
    return calmPolls >= 5;
  }, 120_000);
}

const sent = (metrics: Map<string, number>, name: string) =>
  queueMetric(metrics, 'samples_total', name) - queueMetric(metrics, 'samples_retried_total', name);
