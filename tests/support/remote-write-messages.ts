import protobuf from 'protobufjs';

/**
 * Both remote write messages, written down from the specification and read by protobufjs: the oracle of the collector's decoders.
 * Two departures, so that nothing is lost on the way: `double` is declared as the fixed64 of the same bytes, because a JavaScript
 * number does not keep a NaN's bits, and `string` as bytes, because invalid UTF-8 would be replaced.
 */
const HISTOGRAM = `
  message Span { sint32 offset = 1; uint32 length = 2; }
  message Histogram {
    oneof count { uint64 count_int = 1; fixed64 count_float = 2; }
    fixed64 sum = 3; sint32 schema = 4; fixed64 zero_threshold = 5;
    oneof zero_count { uint64 zero_count_int = 6; fixed64 zero_count_float = 7; }
    repeated Span negative_spans = 8; repeated sint64 negative_deltas = 9; repeated fixed64 negative_counts = 10;
    repeated Span positive_spans = 11; repeated sint64 positive_deltas = 12; repeated fixed64 positive_counts = 13;
    int32 reset_hint = 14; int64 timestamp = 15; repeated fixed64 custom_values = 16; int64 start_timestamp = 17;
  }`;
const V1 = protobuf
  .parse(`syntax = "proto3";
  message WriteRequest { repeated TimeSeries timeseries = 1; repeated Metadata metadata = 3; }
  message TimeSeries {
    repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar exemplars = 3; repeated Histogram histograms = 4;
  }
  message Label { bytes name = 1; bytes value = 2; }
  message Sample { fixed64 value = 1; int64 timestamp = 2; }
  message Exemplar { repeated Label labels = 1; fixed64 value = 2; int64 timestamp = 3; }
  message Metadata { int32 type = 1; bytes metric_family_name = 2; bytes help = 4; bytes unit = 5; }
  ${HISTOGRAM}`)
  .root.lookupType('WriteRequest');
const V2 = protobuf
  .parse(`syntax = "proto3";
  message Request { repeated bytes symbols = 4; repeated TimeSeries timeseries = 5; }
  message TimeSeries {
    repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3; repeated Exemplar exemplars = 4;
    Metadata metadata = 5; int64 created_timestamp = 6;
  }
  message Sample { fixed64 value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
  message Exemplar { repeated uint32 labels_refs = 1; fixed64 value = 2; int64 timestamp = 3; }
  message Metadata { int32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
  ${HISTOGRAM}`)
  .root.lookupType('Request');

export type Text = string | Uint8Array;
export type WireSample = { bits: bigint; timeMs: number | bigint };
/** What a test sends. `exemplars` and `histograms` are numbers of plain ones. */
export type WireSeries = { labels: [name: Text, value: Text][]; samples?: WireSample[]; exemplars?: number; histograms?: number };
/** What the oracle read: labels as bytes, undefined where a reference leads nowhere or one has no partner. */
export type ReadSeries = {
  labels: [name: Uint8Array, value: Uint8Array][] | 'odd' | 'out of range';
  samples: { bits: bigint; timeMs: bigint }[];
  exemplars: number;
  histograms: number;
};

export const bitsOf = (value: number): bigint => new BigUint64Array(Float64Array.of(value).buffer)[0] as bigint;

export function encodeV1(series: readonly WireSeries[], metadata: object[] = []): Buffer {
  const timeseries = series.map((one) => ({
    labels: one.labels.map(([name, value]) => ({ name: bytes(name), value: bytes(value) })),
    samples: (one.samples ?? []).map(sample),
    exemplars: Array.from({ length: one.exemplars ?? 0 }, () => ({ labels: [], value: fixed64(1n), timestamp: int64(1) })),
    histograms: Array.from({ length: one.histograms ?? 0 }, histogram),
  }));
  return Buffer.from(V1.encode(V1.fromObject({ timeseries, metadata })).finish());
}

export function encodeV2(series: readonly WireSeries[]): Buffer {
  const symbols = [''];
  const refs = new Map([['', 0]]);
  const refOf = (text: Text): number => {
    const key = Buffer.from(text).toString('latin1');
    if (!refs.has(key)) refs.set(key, symbols.push(key) - 1);
    return refs.get(key) as number;
  };
  const timeseries = series.map((one) => ({
    labelsRefs: one.labels.flatMap(([name, value]) => [refOf(name), refOf(value)]),
    samples: (one.samples ?? []).map(sample),
    exemplars: Array.from({ length: one.exemplars ?? 0 }, () => ({ labelsRefs: [], value: fixed64(1n), timestamp: int64(1) })),
    histograms: Array.from({ length: one.histograms ?? 0 }, histogram),
    metadata: { type: 1, helpRef: 0, unitRef: 0 },
  }));
  return Buffer.from(V2.encode(V2.fromObject({ symbols: symbols.map((key) => Buffer.from(key, 'latin1')), timeseries })).finish());
}

export const encodeMessage = (version: 1 | 2, series: readonly WireSeries[]) => (version === 1 ? encodeV1(series) : encodeV2(series));

/** @throws whatever protobufjs throws for bytes that are not the message */
export function readMessage(version: 1 | 2, message: Uint8Array): { series: ReadSeries[]; symbols: Uint8Array[] } {
  return version === 1 ? { series: readV1(message), symbols: [] } : readV2(message);
}

type Long = { high: number; low: number };
type Parsed = { samples: { value: Long; timestamp: Long }[]; exemplars: object[]; histograms: object[] };
type ParsedV1 = { timeseries: (Parsed & { labels: { name: Uint8Array; value: Uint8Array }[] })[] };
type ParsedV2 = { symbols: Uint8Array[]; timeseries: (Parsed & { labelsRefs: number[] })[] };

function readV1(message: Uint8Array): ReadSeries[] {
  const { timeseries } = V1.decode(message) as unknown as ParsedV1;
  return timeseries.map((one) => ({ ...contentOf(one), labels: one.labels.map(({ name, value }) => [given(name), given(value)]) }));
}

function readV2(message: Uint8Array): { series: ReadSeries[]; symbols: Uint8Array[] } {
  const { symbols, timeseries } = V2.decode(message) as unknown as ParsedV2;
  const labelsOf = (refs: number[]): ReadSeries['labels'] => {
    if (refs.some((ref) => ref >= symbols.length)) return 'out of range';
    if (refs.length % 2 === 1) return 'odd';
    return Array.from({ length: refs.length / 2 }, (_, at) => [symbols[refs[2 * at]], symbols[refs[2 * at + 1]]]);
  };
  return { symbols, series: timeseries.map((one) => ({ ...contentOf(one), labels: labelsOf(one.labelsRefs) })) };
}

function contentOf({ samples, exemplars, histograms }: Parsed) {
  return {
    samples: samples.map(({ value, timestamp }) => ({ bits: wide(value), timeMs: BigInt.asIntN(64, wide(timestamp)) })),
    exemplars: exemplars.length,
    histograms: histograms.length,
  };
}

/** What is absent on the wire protobufjs gives as an empty array. */
const given = (bytes: Uint8Array) => Uint8Array.from(bytes);
const bytes = (text: Text) => (typeof text === 'string' ? Buffer.from(text) : text);
const wide = ({ high, low }: Long) => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
const long = (value: bigint, unsigned: boolean) => ({
  low: Number(BigInt.asIntN(32, value)),
  high: Number(BigInt.asIntN(32, value >> 32n)),
  unsigned,
});
const fixed64 = (bits: bigint) => long(bits, true);
const int64 = (value: number | bigint) => long(BigInt(value), false);
const sample = ({ bits, timeMs }: WireSample) => ({ value: fixed64(bits), timestamp: int64(timeMs) });
const histogram = () => ({
  countInt: long(3n, true),
  sum: fixed64(bitsOf(4)),
  schema: 1,
  positiveSpans: [{ offset: 0, length: 2 }],
  positiveDeltas: [long(1n, false), long(1n, false)],
  timestamp: int64(1),
});
