import { Bytes } from '../parquet/bytes.ts';
import { fromZigzag, type HistogramMessage, type Side, type Span } from './histogram-message.ts';
import { Wire } from './wire.ts';

/** As the remote write messages number them. */
export const RESET_HINTS = ['unknown', 'yes', 'no', 'gauge'] as const;

/** A histogram as it is kept. Doubles are 8 bytes each, so that every NaN keeps its bits. */
export type Histogram = {
  isFloat: boolean;
  resetHint: (typeof RESET_HINTS)[number];
  schema: number;
  /** NaN when the sender did not say. */
  startMs: number;
  sum: Buffer;
  zeroThreshold: Buffer;
  count: Buffer;
  zeroCount: Buffer;
  negative: Buckets;
  positive: Buckets;
  customValues: Buffer;
};
/** As many counts, 8 bytes each, as the spans are long together. */
export type Buckets = { spans: Span[]; counts: Buffer };

const IS_FLOAT = 1;
const ZERO = Buffer.alloc(8);
const out = new Bytes();
const wire = new Wire();

/**
 * The content of a row of `histograms`. Equal histograms have equal bytes, however they were sent: flags, schema, time since the
 * start, the four numbers, then for each side its spans and counts, then the custom bounds. Integers are varints.
 * @param message one that `histogramRefusal` lets pass
 * @returns bytes that are valid until the next call
 */
export function encodeHistogram(message: HistogramMessage): Uint8Array {
  const { isFloat, isZeroFloat, resetHint, timeMs, startMs } = message;
  out.clear();
  out.byte((isFloat ? IS_FLOAT : 0) | ((resetHint in RESET_HINTS ? resetHint : 0) << 1));
  signed(message.schema);
  // A start that is unset or lies behind the histogram says nothing.
  out.varint(startMs > 0 && startMs <= timeMs ? timeMs - startMs + 1 : 0);
  out.raw(message.sum);
  out.raw(message.zeroThreshold);
  if (isFloat) {
    out.raw(message.countFloat);
    out.raw(isZeroFloat ? message.zeroCountFloat : ZERO);
  } else {
    out.varint(message.countInt);
    out.varint(isZeroFloat ? 0 : message.zeroCountInt);
  }
  for (const side of [message.negative, message.positive]) encodeSide(side, isFloat);
  out.varint(message.customValues.reduce((sum, piece) => sum + piece.length, 0) / 8);
  for (const piece of message.customValues) out.raw(piece);
  return out.take();
}

/** Inverse of `encodeHistogram`. @param timeMs the time of the row */
export function decodeHistogram(content: Buffer, timeMs: number): Histogram {
  wire.reset(content);
  const flags = wire.varint();
  const isFloat = (flags & IS_FLOAT) !== 0;
  const number = () => (isFloat ? doubles(1) : asDoubles([wire.varint()]));
  const schema = readSigned();
  const sinceStart = wire.varint();
  return {
    isFloat,
    resetHint: RESET_HINTS[flags >> 1] as Histogram['resetHint'],
    schema,
    startMs: sinceStart === 0 ? Number.NaN : timeMs - sinceStart + 1,
    sum: doubles(1),
    zeroThreshold: doubles(1),
    count: number(),
    zeroCount: number(),
    negative: decodeSide(isFloat),
    positive: decodeSide(isFloat),
    customValues: doubles(wire.varint()),
  };
}

function encodeSide({ spans, deltas, counts }: Side, isFloat: boolean): void {
  const joined = joinSpans(spans);
  out.varint(joined.length);
  for (const { offset, length } of joined) {
    signed(offset);
    out.varint(length);
  }
  if (isFloat) for (const piece of counts) out.raw(piece);
  else for (const delta of deltas) signed(delta);
}

function decodeSide(isFloat: boolean): Buckets {
  const spans = Array.from({ length: wire.varint() }, () => ({ offset: readSigned(), length: wire.varint() }));
  const buckets = spans.reduce((sum, { length }) => sum + length, 0);
  if (isFloat) return { spans, counts: doubles(buckets) };
  let count = 0;
  return {
    spans,
    counts: asDoubles(
      Array.from({ length: buckets }, () => {
        count += readSigned();
        return count;
      }),
    ),
  };
}

/** Spans of no buckets and spans that touch say nothing of their own. */
function joinSpans(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  let gap = 0;
  for (const { offset, length } of spans) {
    gap += offset;
    if (length === 0) continue;
    const last = joined.at(-1);
    if (last && gap === 0) last.length += length;
    else joined.push({ offset: gap, length });
    gap = 0;
  }
  return joined;
}

function doubles(count: number): Buffer {
  const at = wire.at;
  wire.advance(8 * count);
  return wire.bytes.subarray(at, at + 8 * count);
}

function asDoubles(values: readonly number[]): Buffer {
  return Buffer.from(Float64Array.from(values).buffer);
}

function signed(value: number): void {
  out.varint(value < 0 ? -2 * value - 1 : 2 * value);
}

function readSigned(): number {
  return fromZigzag(wire.varint());
}
