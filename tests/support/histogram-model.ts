import type { ReadHistogram } from './remote-write-histograms.ts';

/** A histogram as a reader of the lake finds it; doubles by their bits, NULL as `null`. */
export type HistogramRow = {
  startMs: bigint | null;
  kind: string;
  resetHint: string;
  schema: number;
  count: bigint;
  sum: bigint | null;
  zeroThreshold: bigint;
  zeroCount: bigint;
  negative: [index: bigint, count: bigint][];
  positive: [index: bigint, count: bigint][];
  customValues: bigint[];
};

const STALE = 0x7ff0000000000002n;
const INT32 = 2n ** 31n - 1n;
const COUNTS = 2n ** 52n;

/** The receiver's rules for histograms, written a second time and naively. @returns undefined for one that is refused */
export function histogramRow(one: ReadHistogram, createdMs: bigint, maxBuckets: number): HistogramRow | undefined {
  const isFloat = one.countFloat !== undefined;
  const isCustom = one.schema === -53;
  const sides = [one.negative, one.positive].map(({ spans, deltas, counts }) => ({
    lists: [spans, deltas, counts],
    buckets: (isFloat ? counts : deltas).length,
    indexes: indexesOf(spans, maxBuckets),
    counts: isFloat ? counts.map(numberOf) : runningSums(deltas),
    bits: isFloat ? counts : runningSums(deltas).map((count) => bitsOf(Number(count))),
  }));
  const bounds = one.customValues.map(numberOf);
  const count = isFloat ? numberOf(one.countFloat as bigint) : (one.countInt ?? 0n);
  const zeroCount = isFloat ? numberOf(one.zeroCountFloat ?? 0n) : (one.zeroCountInt ?? 0n);
  const inBuckets = isFloat ? 0n : sides.reduce((sum, side) => sum + addUp(side.counts as bigint[]), zeroCount as bigint);
  const isSumNaN = Number.isNaN(numberOf(one.sum));
  const rules = [
    isCustom || (one.schema >= -4 && one.schema <= 52),
    [...sides.flatMap(({ lists }) => lists), bounds].every((list) => list.length <= maxBuckets),
    sides.every(({ indexes, buckets }) => indexes?.length === buckets),
    [...sides.flatMap((side) => side.counts as (number | bigint)[]), count, zeroCount].every((each) => !(each < 0)),
    isFloat || [...sides.flatMap((side) => side.counts as bigint[]), inBuckets, count as bigint].every((each) => each < COUNTS),
    isFloat || (isSumNaN ? inBuckets <= (count as bigint) : inBuckets === count),
    isCustom || bounds.length === 0,
    !isCustom || (Number(zeroCount) === 0 && numberOf(one.zeroThreshold) === 0),
    !isCustom || one.negative.spans.length + (sides[0]?.buckets ?? 0) === 0,
    !isCustom || bounds.every((bound, at) => !Number.isNaN(bound) && (at === 0 || bound > (bounds[at - 1] as number))),
    !isCustom || bounds.at(-1) !== Number.POSITIVE_INFINITY,
    !isCustom || one.positive.spans.every(([offset]) => offset >= 0),
    !isCustom || one.positive.spans.reduce((sum, [offset, length]) => sum + offset + length, 0) <= bounds.length + 1,
  ];
  if (!rules.every(Boolean)) return undefined;
  const start = BigInt(one.startMs) === 0n ? createdMs : BigInt(one.startMs);
  const [negative, positive] = sides.map(({ indexes, bits }) => bits.map((each, at): [bigint, bigint] => [indexes?.[at] as bigint, each]));
  return {
    startMs: start > 0n && start <= BigInt(one.timeMs) ? start : null,
    kind: isFloat ? 'float' : 'integer',
    resetHint: ['unknown', 'yes', 'no', 'gauge'][one.resetHint] ?? 'unknown',
    schema: one.schema,
    count: isFloat ? (one.countFloat as bigint) : bitsOf(Number(count)),
    sum: one.sum === STALE ? null : one.sum,
    zeroThreshold: one.zeroThreshold,
    zeroCount: isFloat ? (one.zeroCountFloat ?? 0n) : bitsOf(Number(zeroCount)),
    negative: negative as HistogramRow['negative'],
    positive: positive as HistogramRow['positive'],
    customValues: one.customValues,
  };
}

/** @returns undefined for spans that overlap, leave 32 bits, or are far longer than can be meant */
function indexesOf(spans: readonly [offset: number, length: number][], maxBuckets: number): bigint[] | undefined {
  const indexes: bigint[] = [];
  let index = 0n;
  for (const [at, [offset, length]] of spans.entries()) {
    const [from, to] = [index + BigInt(offset), index + BigInt(offset) + BigInt(length)];
    if ((at > 0 && offset < 0) || [from, to].some((each) => each > INT32 || each < -INT32)) return undefined;
    if (indexes.length + length > maxBuckets) return undefined;
    for (index = from; index < to; index++) indexes.push(index);
  }
  return indexes;
}

function runningSums(deltas: readonly bigint[]): bigint[] {
  let sum = 0n;
  return deltas.map((delta) => {
    sum += delta;
    return sum;
  });
}

const addUp = (values: readonly bigint[]) => values.reduce((sum, value) => sum + value, 0n);
const numberOf = (bits: bigint) => new Float64Array(BigUint64Array.of(bits).buffer)[0] as number;
const bitsOf = (value: number) => new BigUint64Array(Float64Array.of(value).buffer)[0] as bigint;
