import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processMemory, watchMemory } from '../../tests/support/process-memory.ts';
import { encodeLoad } from '../ingest/bench-load.ts';
import { startCollector } from '../ingest/receivers.ts';
import { runOnce } from '../ingest/run-once.ts';
import { medianOf } from '../median.ts';
import { bundleCollector, CONTAINER_NODE_ARGS, CONTAINER_SETTINGS } from './bundled-collector.ts';

/** Medians, MiB. `peak` is the kernel's high-water mark, with the pages of the program; `anonymous` is without them, the most that was seen. */
export type MemoryResult = { series: number; scrapes: number; version: 1 | 2; peak: number; anonymous: number; idle: number };

const HOUR_MS = 3_600_000;
const MIB = 2 ** 20;
/** An hour of a cluster as it is scraped, and a large one of which every series is new. */
const SHAPES = [
  { series: 13_000, scrapes: 240 },
  { series: 200_000, scrapes: 12 },
];

/** Memory of the collector, from its start over all requests to the end of the seal. What is stored is compared with what was sent. */
export async function benchMemory(rounds: number, versions: readonly (1 | 2)[], say: (line: string) => void): Promise<MemoryResult[]> {
  process.env.BENCH_NODE_ARGS ??= CONTAINER_NODE_ARGS;
  const collector = await bundleCollector();
  const results: MemoryResult[] = [];
  try {
    for (const shape of SHAPES) {
      for (const version of versions) {
        const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS;
        const load = encodeLoad(version, startMs, { ...shape, samplesARequest: 2000, connections: 1 });
        const runs: Omit<MemoryResult, 'series' | 'scrapes' | 'version'>[] = [];
        for (let round = 0; round < rounds; round++) {
          const dir = mkdtempSync(join(tmpdir(), 'tallyship-bench-'));
          let idle = 0;
          let anonymous = () => 0;
          const start = async (into: string) => {
            const receiver = await startCollector(into, collector.main, CONTAINER_SETTINGS);
            idle = (processMemory(receiver.child.pid, 'VmRSS') ?? 0) / MIB;
            anonymous = watchMemory(receiver.child.pid, 'RssAnon');
            return receiver;
          };
          try {
            const { peakRssMiB } = await runOnce({ name: 'collector', start, versions: [version] }, dir, version, load);
            runs.push({ peak: peakRssMiB, anonymous: anonymous(), idle });
            say(`  ${shape.series} series, remote write ${version}: peak ${Math.round(peakRssMiB)} MiB`);
          } finally {
            anonymous();
            rmSync(dir, { recursive: true, force: true });
          }
        }
        const median = (of: (run: (typeof runs)[number]) => number) => medianOf(runs.map(of));
        results.push({
          ...shape,
          version,
          peak: median(({ peak }) => peak),
          anonymous: median((run) => run.anonymous),
          idle: median((run) => run.idle),
        });
      }
    }
  } finally {
    collector.remove();
  }
  return results;
}
