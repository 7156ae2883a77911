import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WireHistogram } from '../support/remote-write-histograms.ts';
import { bitsOf, encodeMessage, type WireExemplar, type WireSeries } from '../support/remote-write-messages.ts';
import { RECEIVED_MS } from './compare.ts';

export type Seed = { version: 1 | 2; message: Buffer };

const T = RECEIVED_MS - 60_000;
const NAMES = ['node_cpu', 'kube_pod_info', 'up'];
const INTEGERS: WireHistogram = {
  timeMs: T,
  startMs: T - 60_000,
  countInt: 21n,
  sum: bitsOf(12.5),
  schema: 2,
  zeroThreshold: bitsOf(1e-128),
  zeroCountInt: 3n,
  negative: { spans: [[-2, 1], [3, 2]], deltas: [1n, 3n, -2n] }, // biome-ignore format: spans
  positive: { spans: [[0, 2], [1, 1]], deltas: [2n, 1n, 3n] }, // biome-ignore format: spans
  resetHint: 2,
};
const FLOATS: WireHistogram = {
  timeMs: T + 1,
  countFloat: bitsOf(3.5),
  zeroCountFloat: bitsOf(0.25),
  sum: bitsOf(Number.NaN),
  schema: -4,
  positive: { spans: [[5, 2]], counts: [bitsOf(0.5), bitsOf(2.75)] },
  resetHint: 3,
};
const CUSTOM: WireHistogram = {
  timeMs: T + 2,
  countInt: 6n,
  sum: bitsOf(40),
  schema: -53,
  positive: { spans: [[0, 1], [1, 1]], deltas: [2n, 2n] }, // biome-ignore format: spans
  customValues: [bitsOf(1), bitsOf(10)],
};
const STALE: WireHistogram = { timeMs: T + 3, sum: 0x7ff0000000000002n };
const EXEMPLARS: WireExemplar[] = [
  { labels: [['trace_id', 'abc123'], ['é', '🙂']], bits: bitsOf(0.5), timeMs: T }, // biome-ignore format: pairs
  { bits: bitsOf(Number.NaN), timeMs: T + 1 },
];
const VALUES = [0, -0, 1, 0.1, -1e300, Number.NaN, Number.POSITIVE_INFINITY];

/** Valid messages of both versions: small ones, so that a mutation hits structure, and all kinds of content. */
export function seedInputs(): Seed[] {
  const shapes: WireSeries[][] = [
    [],
    [series(0, 1)],
    [series(1, 3), series(2, 1)],
    [{ ...series(0, 1), histograms: [INTEGERS], exemplars: EXEMPLARS }, series(1, 0)],
    [{ ...series(0, 0), histograms: [FLOATS, CUSTOM], createdMs: T - 5000 }],
    [
      { ...series(0, 0), histograms: [STALE] },
      { ...series(1, 0), exemplars: EXEMPLARS },
    ],
    [{ labels: [], samples: samples(2) }, series(2, 2)],
    [
      {
        labels: [
          ['__name__', 'é🙂'],
          ['prometheus_replica', 'a'],
          ['namespace', 'shop'],
          ['pod', ''],
          ['x', 'y'.repeat(30)],
        ],
        samples: samples(2),
      },
    ],
    Array.from({ length: 12 }, (_, at) => series(at, (at % 3) + 1)),
  ];
  return [
    ...shapes.flatMap((shape) => ([1, 2] as const).map((version) => ({ version, message: encodeMessage(version, shape) }))),
    ...foundInputs(),
  ];
}

/** Inputs that once went wrong: `<version>-<what>.hex`, the message before compression. */
export function foundInputs(): Seed[] {
  const dir = join(import.meta.dirname, 'seeds');
  return readdirSync(dir)
    .filter((name) => name.endsWith('.hex'))
    .map((name) => ({ version: name.startsWith('v1') ? 1 : 2, message: Buffer.from(readFileSync(join(dir, name), 'utf8').trim(), 'hex') }));
}

function series(at: number, count: number): WireSeries {
  return {
    labels: [
      ['__name__', NAMES[at % NAMES.length] as string],
      ['job', `job-${at}`],
      ['instance', '10.0.0.1:9100'],
    ],
    samples: samples(count),
  };
}

function samples(count: number) {
  return Array.from({ length: count }, (_, at) => ({
    timeMs: T + 1000 * at,
    bits: at === 3 ? 0x7ff0000000000002n : bitsOf(VALUES[at % VALUES.length] as number),
  }));
}
