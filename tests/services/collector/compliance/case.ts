import type { WireHistogram } from '../../../support/remote-write-histograms.ts';
import { bitsOf, type WireExemplar, type WireLabels, type WireSeries } from '../../../support/remote-write-messages.ts';
import { NOW } from '../hostile-door.ts';

/**
 * The requirements of Prometheus' test suite for remote write receivers (prometheus/compliance, remotewrite/receiver, state of August 2026),
 * in own words and with own content: one group here for each of its top-level tests, one case for each of their cases.
 */
export type Group = { name: string; cases: Case[] };

/** A request, and what its sender must see. What is in the lake afterwards follows from the request: all that is answered as written. */
export type Case = {
  name: string;
  series: WireSeries[];
  status: number;
  /** Written headers: samples, histograms, exemplars. */
  written: string;
  /** 2 when absent. */
  version?: 1 | 2;
  headers?: Record<string, string>;
  /** Damages the compressed body. */
  damage?: (body: Buffer) => Buffer;
};

export const T = NOW - 30_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** The samples of remote write receivers' worst days. */
export const VALUES: Record<string, bigint> = {
  one: bitsOf(1),
  'the staleness marker': 0x7ff0000000000002n,
  NaN: 0x7ff8000000000001n,
  '+Inf': bitsOf(Number.POSITIVE_INFINITY),
  '-Inf': bitsOf(Number.NEGATIVE_INFINITY),
};

export const taken = (samples: number, histograms = 0, exemplars = 0) => ({
  status: 204,
  written: [samples, histograms, exemplars].join(),
});
export const refused = (samples = 0, histograms = 0, exemplars = 0) => ({ status: 400, written: [samples, histograms, exemplars].join() });

/** The name stands last: receivers must not rely on an order. */
export const labels = (name: string, others: Record<string, string> = {}): WireLabels => [...Object.entries(others), ['__name__', name]];

export const point = (value: number, agoMs = 0) => ({ bits: bitsOf(value), timeMs: T - agoMs });

export function exemplar(own: Record<string, string>, value: number, agoMs = 0): WireExemplar {
  return { labels: Object.entries(own), ...point(value, agoMs) };
}

type Parts = { positive?: boolean; negative?: boolean; zero?: boolean; custom?: boolean; missing?: bigint };

/** A histogram with the parts that are asked for, and a count that is `missing` so many of what its buckets hold. */
export function histogram(
  sum: number,
  { positive = false, negative = false, zero = false, custom = false, missing = 0n }: Parts,
): WireHistogram {
  const inZero = zero ? 4n : 0n;
  const count = inZero + (positive ? 2n + 5n + 1n : 0n) + (negative ? 3n + 3n : 0n) + (custom ? 6n + 2n : 0n);
  const schema = custom ? -53 : 3;
  return {
    timeMs: T,
    sum: bitsOf(sum),
    countInt: count - missing,
    zeroCountInt: inZero,
    schema,
    zeroThreshold: custom ? 0n : bitsOf(0.001),
    ...(positive && { positive: { spans: [[1, 2], [4, 1]], deltas: [2n, 3n, -4n] } }), // biome-ignore format: spans
    ...(custom && { positive: { spans: [[0, 1], [1, 1]], deltas: [6n, -4n] }, customValues: [0.1, 1, 10].map(bitsOf) }), // biome-ignore format: spans
    ...(negative && { negative: { spans: [[-2, 2]], deltas: [3n, 0n] } }),
  };
}

/** Metric types as remote write 2.0 numbers them. */
export const TYPE = { unspecified: 0, counter: 1, gauge: 2, histogram: 3, gaugeHistogram: 4, summary: 5, info: 6, stateset: 7 } as const;
