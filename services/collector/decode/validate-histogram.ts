import { countDoubles, type HistogramMessage, type Side, type Span, valuesOf } from './histogram-message.ts';

/** Exponential buckets: a bound is the one before times 2^(2^-schema). */
const EXPONENTIAL = { least: -4, greatest: 52 } as const;
/** Buckets between the bounds of `custom_values`. */
export const CUSTOM_BUCKETS_SCHEMA = -53;
/** Where every count, and every difference of two, is exact on the wire and in a DOUBLE column. */
const MAX_COUNT = 2 ** 52;
const MAX_INDEX = 2 ** 31 - 1;

/**
 * Holds a histogram to the rules of Prometheus' own receiver, and to what the lake can hold exactly (docs/protocols.md).
 * @returns why it is refused, or undefined
 */
export function histogramRefusal(message: HistogramMessage, maxBuckets: number): string | undefined {
  const { schema, positive, negative, isFloat } = message;
  if (message.isCut || listsOf(message).some((length) => length > maxBuckets))
    return `histogram of more than ${maxBuckets} buckets (MAX_HISTOGRAM_BUCKETS)`;
  const isCustom = schema === CUSTOM_BUCKETS_SCHEMA;
  if (!isCustom && !(schema >= EXPONENTIAL.least && schema <= EXPONENTIAL.greatest)) return 'histogram of an unknown schema';
  return (
    (isCustom ? customFault(message) : exponentialFault(message)) ??
    spansFault(positive, isFloat) ??
    spansFault(negative, isFloat) ??
    (isFloat ? floatCountsFault(message) : integerCountsFault(message))
  );
}

function listsOf({ positive, negative, customValues }: HistogramMessage): number[] {
  const ofSide = ({ spans, deltas, counts }: Side) => [spans.length, deltas.length, countDoubles(counts)];
  return [...ofSide(positive), ...ofSide(negative), countDoubles(customValues)];
}

const bucketsOf = ({ deltas, counts }: Side, isFloat: boolean) => (isFloat ? countDoubles(counts) : deltas.length);

function exponentialFault({ customValues }: HistogramMessage): string | undefined {
  return countDoubles(customValues) > 0 ? 'histogram of an exponential schema with custom bounds' : undefined;
}

function customFault(message: HistogramMessage): string | undefined {
  const { customValues, positive, negative, zeroThreshold, isFloat } = message;
  let [bounds, last] = [0, Number.NEGATIVE_INFINITY];
  for (const bound of valuesOf(customValues)) {
    if (Number.isNaN(bound) || (bounds > 0 && bound <= last)) return 'custom bounds of a histogram do not rise';
    last = bound;
    bounds++;
  }
  if (last === Number.POSITIVE_INFINITY) return 'custom bounds of a histogram name +Inf, which is implied';
  if (zeroCountOf(message) !== 0 || zeroThreshold.readDoubleLE() !== 0) return 'histogram of custom buckets with a zero bucket';
  if (negative.spans.length + bucketsOf(negative, isFloat) > 0) return 'histogram of custom buckets with negative buckets';
  if (positive.spans.some(({ offset }) => offset < 0)) return 'histogram with overlapping buckets';
  const reach = positive.spans.reduce((sum, { offset, length }) => sum + offset + length, 0);
  return reach > bounds + 1 ? 'histogram with more custom buckets than bounds' : undefined;
}

function zeroCountOf({ isFloat, isZeroFloat, zeroCountInt, zeroCountFloat }: HistogramMessage): number {
  if (isFloat) return isZeroFloat ? zeroCountFloat.readDoubleLE() : 0;
  return isZeroFloat ? 0 : zeroCountInt;
}

function spansFault(side: Side, isFloat: boolean): string | undefined {
  let [index, buckets] = [0, 0];
  for (const [at, { offset, length }] of side.spans.entries()) {
    if (at > 0 && offset < 0) return 'histogram with overlapping buckets';
    if (!isIndex(index + offset) || !isIndex(index + offset + length)) return 'histogram with a bucket index of more than 32 bits';
    index += offset + length;
    buckets += length;
  }
  return buckets === bucketsOf(side, isFloat) ? undefined : 'spans and buckets of a histogram do not fit';
}

const isIndex = (index: number) => Math.abs(index) <= MAX_INDEX;

function floatCountsFault(message: HistogramMessage): string | undefined {
  const counts = [message.countFloat.readDoubleLE(), zeroCountOf(message)];
  for (const { counts: side } of [message.negative, message.positive]) for (const count of valuesOf(side)) if (count < 0) return NEGATIVE;
  return counts.some((count) => count < 0) ? NEGATIVE : undefined;
}

const NEGATIVE = 'histogram with a negative count';

/** Buckets beyond the count are never right; fewer are, where the sum is NaN, because a NaN observation is in no bucket. */
function integerCountsFault(message: HistogramMessage): string | undefined {
  const { countInt, sum } = message;
  let inBuckets = zeroCountOf(message);
  for (const { deltas } of [message.negative, message.positive]) {
    let count = 0;
    for (const delta of deltas) {
      count += delta;
      if (count < 0) return NEGATIVE;
      if (count >= MAX_COUNT) return TOO_LARGE;
      inBuckets += count;
    }
  }
  if (countInt >= MAX_COUNT || inBuckets >= MAX_COUNT) return TOO_LARGE;
  const isFitting = Number.isNaN(sum.readDoubleLE()) ? inBuckets <= countInt : inBuckets === countInt;
  return isFitting ? undefined : 'count of a histogram does not fit its buckets';
}

const TOO_LARGE = 'histogram with a count of 2^52 or more';

/** The bucket indexes that spans stand for. */
export function* indexesOf(spans: readonly Span[]): Generator<number> {
  let index = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let at = 0; at < length; at++) yield index++;
  }
}
