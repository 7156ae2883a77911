import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bitsOf, encodeMessage, type WireSeries } from '../support/remote-write-messages.ts';
import { RECEIVED_MS } from './compare.ts';

export type Seed = { version: 1 | 2; message: Buffer };

const T = RECEIVED_MS - 60_000;
const NAMES = ['node_cpu', 'kube_pod_info', 'up'];
const VALUES = [0, -0, 1, 0.1, -1e300, Number.NaN, Number.POSITIVE_INFINITY];

/** Valid messages of both versions: small ones, so that a mutation hits structure, and all kinds of content. */
export function seedInputs(): Seed[] {
  const shapes: WireSeries[][] = [
    [],
    [series(0, 1)],
    [series(1, 3), series(2, 1)],
    [{ ...series(0, 1), histograms: 1, exemplars: 2 }, series(1, 0)],
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
