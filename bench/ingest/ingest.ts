import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineProgram } from '../../tools/engines/find.ts';
import { encodeLoad, type LoadShape } from './bench-load.ts';
import type { ReceiverName } from './receivers.ts';
import { type Run, runOnce } from './run-once.ts';

export type IngestSettings = LoadShape & { rounds: number; versions: readonly (1 | 2)[]; isWithPeer: boolean };

export type Figures = { [K in keyof Run]: { median: number; least: number; greatest: number } | undefined };
export type IngestResult = {
  version: 1 | 2;
  samples: number;
  bytesPerSample: number;
  receivers: Partial<Record<ReceiverName, Figures>>;
  /** CPU of Prometheus by CPU of the collector, medians. */
  cpuRatio: number | undefined;
};

const HOUR_MS = 3_600_000;

/** The same load into the collector and into Prometheus, in turns and in changing order, each time into a fresh process and folder. */
export async function benchIngest(settings: IngestSettings, say: (line: string) => void): Promise<IngestResult[]> {
  const names: ReceiverName[] = settings.isWithPeer ? ['collector', 'prometheus'] : ['collector'];
  const results: IngestResult[] = [];
  for (const version of settings.versions) {
    // The last whole hour: one file, as in steady state.
    const load = encodeLoad(version, Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS, settings);
    say(`remote write ${version}: ${load.samples} samples, ${(load.bytes / load.samples).toFixed(1)} B each as sent`);
    const runs: Record<ReceiverName, Run[]> = { collector: [], prometheus: [] };
    for (let round = 0; round < settings.rounds; round++) {
      for (const name of round % 2 === 0 ? names : names.toReversed()) {
        const dir = mkdtempSync(join(tmpdir(), 'tallyship-bench-'));
        try {
          const run = await runOnce(name, dir, version, load);
          runs[name].push(run);
          say(`  ${name}: ${run.cpuSecondsPerMillion.toFixed(2)} CPU-s/M, ${Math.round(run.samplesPerSecond)} samples/s`);
        } finally {
          rmSync(dir, { recursive: true, force: true });
        }
      }
    }
    const receivers = Object.fromEntries(names.map((name) => [name, figuresOf(runs[name])])) as Record<ReceiverName, Figures>;
    const [own, peer] = [receivers.collector, receivers.prometheus].map((figures) => figures?.cpuSecondsPerMillion?.median);
    const cpuRatio = peer !== undefined && own !== undefined ? peer / own : undefined;
    results.push({ version, samples: load.samples, bytesPerSample: load.bytes / load.samples, receivers, cpuRatio });
  }
  return results;
}

/** @returns why Prometheus takes no part, or undefined when it does */
export function whyNoPeer(): string | undefined {
  try {
    engineProgram('prometheus');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function figuresOf(runs: readonly Run[]): Figures {
  const names = Object.keys(runs[0] as Run) as (keyof Run)[];
  return Object.fromEntries(
    names.map((name) => {
      const values = runs.map((run) => run[name]).filter((value) => value !== undefined);
      values.sort((a, b) => a - b);
      const [least, greatest] = [values[0], values.at(-1)];
      const median = ((values[Math.floor((values.length - 1) / 2)] as number) + (values[Math.ceil((values.length - 1) / 2)] as number)) / 2;
      return [name, least === undefined || greatest === undefined ? undefined : { median, least, greatest }];
    }),
  ) as Figures;
}
