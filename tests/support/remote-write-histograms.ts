/** Native histograms as remote write 1.0 and 2.0 both carry them: what tests send, and what protobufjs read. Doubles are given by their bits. */
export type WireSide = { spans?: [offset: number, length: number][]; deltas?: bigint[]; counts?: bigint[] };
export type WireHistogram = {
  timeMs: number | bigint;
  startMs?: number | bigint;
  countInt?: bigint;
  countFloat?: bigint;
  zeroCountInt?: bigint;
  zeroCountFloat?: bigint;
  sum?: bigint;
  schema?: number;
  zeroThreshold?: bigint;
  negative?: WireSide;
  positive?: WireSide;
  customValues?: bigint[];
  resetHint?: number;
};
/** As sent, with what was absent filled in; of a oneof only the last one given. */
export type ReadHistogram = Required<Omit<WireHistogram, 'countInt' | 'countFloat' | 'zeroCountInt' | 'zeroCountFloat'>> &
  Pick<WireHistogram, 'countInt' | 'countFloat' | 'zeroCountInt' | 'zeroCountFloat'> & {
    negative: Required<WireSide>;
    positive: Required<WireSide>;
  };

export const HISTOGRAM_PROTO = `
  message Span { sint32 offset = 1; uint32 length = 2; }
  message Histogram {
    oneof count { uint64 count_int = 1; fixed64 count_float = 2; }
    fixed64 sum = 3; sint32 schema = 4; fixed64 zero_threshold = 5;
    oneof zero_count { uint64 zero_count_int = 6; fixed64 zero_count_float = 7; }
    repeated Span negative_spans = 8; repeated sint64 negative_deltas = 9; repeated fixed64 negative_counts = 10;
    repeated Span positive_spans = 11; repeated sint64 positive_deltas = 12; repeated fixed64 positive_counts = 13;
    int32 reset_hint = 14; int64 timestamp = 15; repeated fixed64 custom_values = 16; int64 start_timestamp = 17;
  }`;

/** 64 bits in the halves that protobufjs takes and gives. */
export type Long = { high: number; low: number };
export const wide = ({ high, low }: Long) => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
export const unsigned = (value: bigint) => long(value, true);
export const signed = (value: number | bigint) => long(BigInt(value), false);

/** The message as an object of protobufjs. */
export function histogramObject(one: WireHistogram): object {
  const { positive = {}, negative = {} } = one;
  const optional = {
    countInt: one.countInt,
    countFloat: one.countFloat,
    zeroCountInt: one.zeroCountInt,
    zeroCountFloat: one.zeroCountFloat,
  };
  const given = Object.entries(optional).flatMap(([name, value]) => (value === undefined ? [] : [[name, unsigned(value)]]));
  return {
    ...Object.fromEntries(given),
    sum: unsigned(one.sum ?? 0n),
    schema: one.schema ?? 0,
    zeroThreshold: unsigned(one.zeroThreshold ?? 0n),
    negativeSpans: spans(negative),
    negativeDeltas: (negative.deltas ?? []).map(signed),
    negativeCounts: (negative.counts ?? []).map(unsigned),
    positiveSpans: spans(positive),
    positiveDeltas: (positive.deltas ?? []).map(signed),
    positiveCounts: (positive.counts ?? []).map(unsigned),
    resetHint: one.resetHint ?? 0,
    timestamp: signed(one.timeMs),
    customValues: (one.customValues ?? []).map(unsigned),
    startTimestamp: signed(one.startMs ?? 0),
  };
}

export type ParsedHistogram = {
  count?: 'countInt' | 'countFloat';
  zeroCount?: 'zeroCountInt' | 'zeroCountFloat';
  schema: number;
  resetHint: number;
} & Record<'countInt' | 'countFloat' | 'zeroCountInt' | 'zeroCountFloat' | 'sum' | 'zeroThreshold' | 'timestamp' | 'startTimestamp', Long> &
  Record<'negativeDeltas' | 'negativeCounts' | 'positiveDeltas' | 'positiveCounts' | 'customValues', Long[]> &
  Record<'negativeSpans' | 'positiveSpans', { offset: number; length: number }[]>;

export function readHistogram(parsed: ParsedHistogram): ReadHistogram {
  const { count, zeroCount } = parsed;
  const sideOf = (side: 'negative' | 'positive') => ({
    spans: parsed[`${side}Spans`].map(({ offset, length }): [number, number] => [offset, length]),
    deltas: parsed[`${side}Deltas`].map(int64),
    counts: parsed[`${side}Counts`].map(wide),
  });
  return {
    ...(count && { [count]: wide(parsed[count]) }),
    ...(zeroCount && { [zeroCount]: wide(parsed[zeroCount]) }),
    timeMs: int64(parsed.timestamp),
    startMs: int64(parsed.startTimestamp),
    sum: wide(parsed.sum),
    schema: parsed.schema,
    zeroThreshold: wide(parsed.zeroThreshold),
    negative: sideOf('negative'),
    positive: sideOf('positive'),
    customValues: parsed.customValues.map(wide),
    resetHint: parsed.resetHint,
  };
}

const int64 = (value: Long) => BigInt.asIntN(64, wide(value));
const spans = ({ spans: all = [] }: WireSide) => all.map(([offset, length]) => ({ offset, length }));
const long = (value: bigint, isUnsigned: boolean) => ({
  low: Number(BigInt.asIntN(32, value)),
  high: Number(BigInt.asIntN(32, value >> 32n)),
  unsigned: isUnsigned,
});
