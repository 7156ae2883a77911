import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { medianOf } from '../median.ts';
import { encodeLoad } from './bench-load.ts';
import { startCollector } from './receivers.ts';
import { runOnce } from './run-once.ts';

export type LatencyResult = { version: number; samplesPerSecond: number; p50Ms: string; p99Ms: string };

const HOUR_MS = 3_600_000;
/** All series are new at first, and their requests and those behind them wait: that is another question. */
const PACE = { samplesPerSecond: 200_000, warmup: 0.125 };
/** What is open is sealed this often, so that there is always a seal in the way. */
const SEAL_INTERVAL_MS = 3000;

/** How soon requests of known series are answered at a steady rate while open hours are sealed. Medians of the runs. */
export async function benchLatency(rounds: number, versions: readonly (1 | 2)[], say: (line: string) => void): Promise<LatencyResult[]> {
  const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS;
  const results: LatencyResult[] = [];
  for (const version of versions) {
    const load = encodeLoad(version, startMs, { series: 13_000, scrapes: 240, samplesARequest: 2000, connections: 2 });
    const runs: { p50: number; p99: number; rate: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const dir = mkdtempSync(join(tmpdir(), 'tallyship-bench-'));
      try {
        const start = (into: string) => startCollector(into, undefined, { SEAL_INTERVAL_MS: String(SEAL_INTERVAL_MS), SEAL_DELAY_MS: '0' });
        const run = await runOnce({ name: 'collector', start, versions: [version] }, dir, version, load, PACE);
        runs.push({ p50: run.answerP50Ms, p99: run.answerP99Ms, rate: run.samplesPerSecond });
        say(`  remote write ${version}.0: p50 ${run.answerP50Ms.toFixed(1)} ms, p99 ${run.answerP99Ms.toFixed(0)} ms`);
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    }
    const median = (of: 'p50' | 'p99' | 'rate') => medianOf(runs.map((run) => run[of]));
    results.push({
      version,
      samplesPerSecond: Math.round(median('rate')),
      p50Ms: median('p50').toFixed(1),
      p99Ms: median('p99').toFixed(1),
    });
  }
  return results;
}
