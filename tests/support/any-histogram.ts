import fc from 'fast-check';
import type { WireHistogram, WireSide } from './remote-write-histograms.ts';

const bitsOf = (value: number) => new BigUint64Array(Float64Array.of(value).buffer)[0] as bigint;
const double = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 0, max: 1e6 }).map(bitsOf) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0n, 2n ** 63n, 0x7ff0000000000002n, 0x7ff8000000000001n, bitsOf(-1), bitsOf(Number.POSITIVE_INFINITY)),
  },
);
const count = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt({ min: 0n, max: 500n }) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 52n - 1n, 2n ** 52n, 2n ** 53n, 2n ** 63n - 1n, -1n) },
);
const span = fc.tuple(
  fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 6 }) }, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 5 }) }, fc.integer({ min: 0, max: 2 ** 32 - 1 })),
);

/** Histograms of which about half keep all rules: whole ones, and such with a field or two that are off. */
export function anyHistogram(timeMs: fc.Arbitrary<number | bigint>): fc.Arbitrary<WireHistogram> {
  return fc.tuple(timeMs, wholeHistogram, fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, offHistogram)).map(([at, whole, off]) => ({
    ...whole,
    ...off,
    timeMs: at,
  }));
}

const side = (isFloat: boolean): fc.Arbitrary<WireSide & { sum: bigint }> =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 5 })), { maxLength: 4 })
    .chain((spans): fc.Arbitrary<WireSide & { sum: bigint }> => {
      const buckets = spans.reduce((sum, [, length]) => sum + length, 0);
      if (isFloat) return fc.array(double, { minLength: buckets, maxLength: buckets }).map((counts) => ({ spans, counts, sum: 0n }));
      return fc.array(fc.bigInt({ min: 0n, max: 1000n }), { minLength: buckets, maxLength: buckets }).map((counts) => ({
        spans,
        deltas: counts.map((each, at) => each - (counts[at - 1] ?? 0n)),
        sum: counts.reduce((sum, each) => sum + each, 0n),
      }));
    });

const rest = {
  sum: double,
  zeroThreshold: double,
  resetHint: fc.integer({ min: 0, max: 4 }),
  startMs: fc.constantFrom(0, 1, 1_783_000_000_000),
};
const wholeHistogram: fc.Arbitrary<Partial<WireHistogram>> = fc.oneof(
  fc
    .record({
      ...rest,
      schema: fc.integer({ min: -4, max: 52 }),
      negative: side(false),
      positive: side(false),
      zeroCountInt: fc.nat(50).map(BigInt),
    })
    .map((one) => ({ ...one, countInt: one.negative.sum + one.positive.sum + one.zeroCountInt })),
  fc.record({
    ...rest,
    schema: fc.integer({ min: -4, max: 8 }),
    negative: side(true),
    positive: side(true),
    countFloat: double,
    zeroCountFloat: double,
  }),
  fc
    .record({ ...rest, positive: side(false), bounds: fc.uniqueArray(fc.integer(), { minLength: 44, maxLength: 50 }) })
    .map(({ bounds, ...one }) => ({
      ...one,
      schema: -53,
      zeroThreshold: 0n,
      countInt: one.positive.sum,
      customValues: bounds
        .sort((a, b) => a - b)
        .slice(0, 40)
        .map(bitsOf),
    })),
);

const offSide: fc.Arbitrary<WireSide> = fc.record({
  spans: fc.array(span, { maxLength: 4 }),
  deltas: fc.array(count, { maxLength: 8 }),
  counts: fc.array(double, { maxLength: 8 }),
});
const offHistogram: fc.Arbitrary<Partial<WireHistogram>> = fc
  .record(
    {
      countInt: count.filter((each) => each >= 0n),
      countFloat: double,
      zeroCountInt: count.filter((each) => each >= 0n),
      zeroCountFloat: double,
      schema: fc.oneof(fc.integer({ min: -60, max: 60 }), fc.integer()),
      negative: offSide,
      positive: offSide,
      customValues: fc.array(double, { maxLength: 45 }),
    },
    { requiredKeys: [] },
  )
  .map((off) => Object.fromEntries(Object.entries(off).slice(0, 2)));
