import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Figure, figureOf } from '../figure.ts';
import { encodeLoad, type LoadShape } from './bench-load.ts';
import type { Contestant } from './receivers.ts';
import { type Run, runOnce } from './run-once.ts';

export type IngestSettings = LoadShape & { rounds: number; versions: readonly (1 | 2)[] };

export type Figures = { [K in keyof Run]: Figure | undefined };
export type IngestResult = {
  version: 1 | 2;
  samples: number;
  bytesPerSample: number;
  receivers: Record<string, Figures>;
  /** CPU of a contestant as a part of that of each one behind it, round by round. */
  cpuParts: { of: string; by: string; part: Figure }[];
};

const HOUR_MS = 3_600_000;

/**
 * The same load into every contestant, in turns and in changing order, each time into a fresh process and folder. On a busy host only what
 * ran in the same minute can be compared, so ratios are taken within a round.
 */
export async function benchIngest(
  contestants: readonly Contestant[],
  settings: IngestSettings,
  say: (line: string) => void,
): Promise<IngestResult[]> {
  const results: IngestResult[] = [];
  for (const version of settings.versions) {
    // The last whole hour: one file, as in steady state.
    const load = encodeLoad(version, Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS, settings);
    say(`remote write ${version}: ${load.samples} samples, ${(load.bytes / load.samples).toFixed(1)} B each as sent`);
    const able = contestants.filter(({ versions }) => versions.includes(version));
    const runs = new Map(able.map(({ name }): [string, Run[]] => [name, []]));
    for (let round = 0; round < settings.rounds; round++) {
      for (const contestant of round % 2 === 0 ? able : able.toReversed()) {
        const dir = mkdtempSync(join(tmpdir(), 'tallyship-bench-'));
        try {
          const run = await runOnce(contestant, dir, version, load);
          runs.get(contestant.name)?.push(run);
          say(`  ${contestant.name}: ${run.cpuSecondsPerMillion.toFixed(2)} CPU-s/M, ${Math.round(run.samplesPerSecond)} samples/s`);
        } finally {
          rmSync(dir, { recursive: true, force: true });
        }
      }
    }
    const all = [...runs];
    results.push({
      version,
      samples: load.samples,
      bytesPerSample: load.bytes / load.samples,
      receivers: Object.fromEntries([...runs].map(([name, all]) => [name, figuresOf(all)])),
      cpuParts: all.flatMap(([of, own], at) => all.slice(at + 1).map(([by, peer]) => ({ of, by, part: partOf(own, peer) }))),
    });
  }
  return results;
}

function partOf(own: readonly Run[], peer: readonly Run[]): Figure {
  return figureOf(own.map((run, round) => run.cpuSecondsPerMillion / (peer[round] as Run).cpuSecondsPerMillion));
}

function figuresOf(runs: readonly Run[]): Figures {
  const names = Object.keys(runs[0] as Run) as (keyof Run)[];
  return Object.fromEntries(names.map((name) => [name, knownFigure(runs.map((run) => run[name]))])) as Figures;
}

function knownFigure(all: readonly (number | undefined)[]): Figure | undefined {
  const values = all.filter((value) => value !== undefined);
  return values.length === 0 ? undefined : figureOf(values);
}
