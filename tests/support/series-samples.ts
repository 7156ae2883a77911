/** A series by its canonical labels (JSON, names sorted) to its samples: time in ms to the 64 bits of the value. */
export type SeriesSamples = Map<string, Map<number, bigint>>;

/** The staleness marker of Prometheus: one NaN among many, told apart by its bits alone. */
export const STALE_BITS = 0x7ff0000000000002n;

export function canonicalLabels(labels: Iterable<readonly [string, string]>): string {
  const present = [...labels].filter(([, value]) => value !== '');
  return JSON.stringify(present.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** @throws Error on a second sample of a series at one time: the sources compared here hold each sample once */
export function addSample(all: SeriesSamples, series: string, timeMs: number, bits: bigint): void {
  let samples = all.get(series);
  if (!samples) {
    samples = new Map();
    all.set(series, samples);
  }
  if (samples.has(timeMs)) throw new Error(`${series} has two samples at ${new Date(timeMs).toISOString()}`);
  samples.set(timeMs, bits);
}

export function countSamples(all: SeriesSamples, matches: (bits: bigint) => boolean = () => true): number {
  let count = 0;
  for (const samples of all.values()) for (const bits of samples.values()) if (matches(bits)) count++;
  return count;
}

/** @returns every sample that is on one side alone or has other bits there, a line each */
export function differences(actual: SeriesSamples, expected: SeriesSamples): string[] {
  const lines: string[] = [];
  for (const series of new Set([...expected.keys(), ...actual.keys()])) {
    const have = actual.get(series) ?? new Map<number, bigint>();
    const want = expected.get(series) ?? new Map<number, bigint>();
    for (const timeMs of new Set([...want.keys(), ...have.keys()])) {
      if (have.get(timeMs) !== want.get(timeMs)) {
        lines.push(`${series} ${timeMs}: ${hex(have.get(timeMs))}, expected ${hex(want.get(timeMs))}`);
      }
    }
  }
  return lines;
}

const hex = (bits: bigint | undefined) => (bits === undefined ? 'nothing' : `0x${bits.toString(16).padStart(16, '0')}`);
