import { FIXED64, LENGTH, MalformedBody, VARINT, type Wire } from './wire.ts';

/** A run of buckets that stand side by side; `offset` counts from the end of the run before. */
export type Span = { offset: number; length: number };

/** Buckets on one side of zero, as sent: integers as differences, floats as they are. */
export type Side = { spans: Span[]; deltas: number[]; counts: Doubles };

/** Pieces of a repeated double, each a run of 8 bytes a value: copied whole, a NaN keeps its bits. */
export type Doubles = Buffer[];

/** A native histogram as it stands on the wire. Doubles are 8 bytes; a 64-bit integer beyond 2^53 is rounded. */
export type HistogramMessage = {
  isFloat: boolean;
  countInt: number;
  countFloat: Buffer;
  isZeroFloat: boolean;
  zeroCountInt: number;
  zeroCountFloat: Buffer;
  sum: Buffer;
  schema: number;
  zeroThreshold: Buffer;
  negative: Side;
  positive: Side;
  customValues: Doubles;
  resetHint: number;
  timeMs: number;
  /** 0 when unset. */
  startMs: number;
  /** Lists were longer than the limit and are cut. */
  isCut: boolean;
};

type Reader = (wire: Wire, into: HistogramMessage, maxBuckets: number) => void;

// Histogram is the same message in remote write 1.0 and 2.0.
const READERS: Record<number, Reader> = {
  1: (wire, into) => {
    into.countInt = uint64(wire);
    into.isFloat = false;
  },
  2: (wire, into) => {
    into.countFloat = double(wire);
    into.isFloat = true;
  },
  3: (wire, into) => {
    into.sum = double(wire);
  },
  4: (wire, into) => {
    into.schema = fromZigzag(uint64(wire));
  },
  5: (wire, into) => {
    into.zeroThreshold = double(wire);
  },
  6: (wire, into) => {
    into.zeroCountInt = uint64(wire);
    into.isZeroFloat = false;
  },
  7: (wire, into) => {
    into.zeroCountFloat = double(wire);
    into.isZeroFloat = true;
  },
  8: (wire, into, maxBuckets) => readSpan(wire, into.negative, into, maxBuckets),
  9: (wire, into, maxBuckets) => readDeltas(wire, into.negative.deltas, into, maxBuckets),
  10: (wire, into, maxBuckets) => readDoubles(wire, into.negative.counts, into, maxBuckets),
  11: (wire, into, maxBuckets) => readSpan(wire, into.positive, into, maxBuckets),
  12: (wire, into, maxBuckets) => readDeltas(wire, into.positive.deltas, into, maxBuckets),
  13: (wire, into, maxBuckets) => readDoubles(wire, into.positive.counts, into, maxBuckets),
  14: (wire, into) => {
    into.resetHint = wire.int64();
  },
  15: (wire, into) => {
    into.timeMs = wire.int64();
  },
  16: (wire, into, maxBuckets) => readDoubles(wire, into.customValues, into, maxBuckets),
  17: (wire, into) => {
    into.startMs = wire.int64();
  },
};

const ZERO = Buffer.alloc(8);

/**
 * Reads the histogram message that stands next. Its doubles lie in the bytes of the wire.
 * @param maxBuckets longest list that is read; of longer ones only the form is checked
 * @throws MalformedBody
 */
export function readHistogram(wire: Wire, maxBuckets: number): HistogramMessage {
  const message: HistogramMessage = {
    isFloat: false,
    countInt: 0,
    countFloat: ZERO,
    isZeroFloat: false,
    zeroCountInt: 0,
    zeroCountFloat: ZERO,
    sum: ZERO,
    schema: 0,
    zeroThreshold: ZERO,
    negative: { spans: [], deltas: [], counts: [] },
    positive: { spans: [], deltas: [], counts: [] },
    customValues: [],
    resetHint: 0,
    timeMs: 0,
    startMs: 0,
    isCut: false,
  };
  const outer = wire.open();
  while (wire.next()) {
    const read = READERS[wire.field];
    if (read) read(wire, message, maxBuckets);
    else wire.skip();
  }
  wire.close(outer);
  return message;
}

/** How many values the pieces hold. */
export function countDoubles(doubles: Doubles): number {
  return doubles.reduce((sum, piece) => sum + piece.length / 8, 0);
}

export function* valuesOf(doubles: Doubles): Generator<number> {
  for (const piece of doubles) for (let at = 0; at < piece.length; at += 8) yield piece.readDoubleLE(at);
}

function readSpan(wire: Wire, { spans }: Side, into: HistogramMessage, maxBuckets: number): void {
  const span: Span = { offset: 0, length: 0 };
  const outer = wire.open();
  while (wire.next()) {
    if (wire.field === 1) span.offset = fromZigzag(uint64(wire));
    else if (wire.field === 2) span.length = uint64(wire);
    else wire.skip();
  }
  wire.close(outer);
  if (spans.length === maxBuckets) into.isCut = true;
  else spans.push(span);
}

function readDeltas(wire: Wire, deltas: number[], into: HistogramMessage, maxBuckets: number): void {
  const isPacked = wire.type === LENGTH;
  if (!isPacked) wire.expect(VARINT);
  const outer = isPacked ? wire.open() : wire.end;
  const runEnd = isPacked ? wire.end : wire.at + 1;
  while (wire.at < runEnd) {
    const delta = fromZigzag(wire.varint());
    if (deltas.length === maxBuckets) into.isCut = true;
    else deltas.push(delta);
  }
  wire.close(outer);
}

function readDoubles(wire: Wire, doubles: Doubles, into: HistogramMessage, maxBuckets: number): void {
  const isPacked = wire.type === LENGTH;
  if (!isPacked) wire.expect(FIXED64);
  const length = isPacked ? wire.length() : 8;
  if (length % 8 !== 0) throw new MalformedBody(`doubles of ${length} bytes at byte ${wire.at}`);
  const at = wire.at;
  wire.advance(length);
  // Pieces may be many and small, so their number is bounded too.
  if (doubles.length === maxBuckets || length / 8 > maxBuckets) into.isCut = true;
  else doubles.push(wire.bytes.subarray(at, at + length));
}

function uint64(wire: Wire): number {
  wire.expect(VARINT);
  return wire.varint();
}

/** The sign of what is beyond 2^53 may be lost; every caller's limit lies under it. */
export function fromZigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function double(wire: Wire): Buffer {
  wire.expect(FIXED64);
  const at = wire.at;
  wire.advance(8);
  return wire.bytes.subarray(at, at + 8);
}
