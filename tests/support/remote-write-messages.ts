import protobuf from 'protobufjs';
import {
  HISTOGRAM_PROTO,
  histogramObject,
  type Long,
  type ParsedHistogram,
  type ReadHistogram,
  readHistogram,
  signed,
  unsigned,
  type WireHistogram,
  wide,
} from './remote-write-histograms.ts';

/**
 * Both remote write messages, written down from the specification and read by protobufjs: the oracle of the collector's decoders.
 * Two departures, so that nothing is lost on the way: `double` is declared as the fixed64 of the same bytes, because a JavaScript
 * number does not keep a NaN's bits, and `string` as bytes, because invalid UTF-8 would be replaced.
 */
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
  ${HISTOGRAM_PROTO}`)
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
  ${HISTOGRAM_PROTO}`)
  .root.lookupType('Request');

export type Text = string | Uint8Array;
/** `startMs` is of remote write 2.0 alone. */
export type WireSample = { bits: bigint; timeMs: number | bigint; startMs?: number };
export type WireLabels = [name: Text, value: Text][];
export type WireExemplar = { labels?: WireLabels; bits: bigint; timeMs: number | bigint };
/** Remote write 1.0 sends no metadata with a series, and no created timestamp. */
export type WireSeries = {
  labels: WireLabels;
  samples?: WireSample[];
  exemplars?: WireExemplar[];
  histograms?: WireHistogram[];
  metadata?: { type: number; help?: string; unit?: string };
  createdMs?: number;
};
/** What the oracle read: labels as bytes, undefined where a reference leads nowhere or one has no partner. */
export type ReadLabels = [name: Uint8Array, value: Uint8Array][] | 'odd' | 'out of range';
export type ReadSeries = {
  labels: ReadLabels;
  samples: { bits: bigint; timeMs: bigint }[];
  exemplars: { labels: ReadLabels; bits: bigint; timeMs: bigint }[];
  histograms: ReadHistogram[];
  createdMs: bigint;
};

export const bitsOf = (value: number): bigint => new BigUint64Array(Float64Array.of(value).buffer)[0] as bigint;

export function encodeV1(series: readonly WireSeries[], metadata: object[] = []): Buffer {
  const labelsOf = (labels: WireLabels) => labels.map(([name, value]) => ({ name: bytes(name), value: bytes(value) }));
  const timeseries = series.map((one) => ({
    labels: labelsOf(one.labels),
    samples: (one.samples ?? []).map(sample),
    exemplars: (one.exemplars ?? []).map((exemplar) => ({ labels: labelsOf(exemplar.labels ?? []), ...sample(exemplar) })),
    histograms: (one.histograms ?? []).map(histogramObject),
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
  const refsOf = (labels: WireLabels) => labels.flatMap(([name, value]) => [refOf(name), refOf(value)]);
  const timeseries = series.map(({ metadata = { type: 1 }, ...one }) => ({
    labelsRefs: refsOf(one.labels),
    samples: (one.samples ?? []).map(sample),
    exemplars: (one.exemplars ?? []).map((exemplar) => ({ labelsRefs: refsOf(exemplar.labels ?? []), ...sample(exemplar) })),
    histograms: (one.histograms ?? []).map(histogramObject),
    metadata: { type: metadata.type, helpRef: refOf(metadata.help ?? ''), unitRef: refOf(metadata.unit ?? '') },
    createdTimestamp: signed(one.createdMs ?? 0),
  }));
  return Buffer.from(V2.encode(V2.fromObject({ symbols: symbols.map((key) => Buffer.from(key, 'latin1')), timeseries })).finish());
}

export const encodeMessage = (version: 1 | 2, series: readonly WireSeries[]) => (version === 1 ? encodeV1(series) : encodeV2(series));

/** @throws whatever protobufjs throws for bytes that are not the message */
export function readMessage(version: 1 | 2, message: Uint8Array): { series: ReadSeries[]; symbols: Uint8Array[] } {
  return version === 1 ? { series: readV1(message), symbols: [] } : readV2(message);
}

type Parsed<Labels> = Labels & {
  samples: { value: Long; timestamp: Long }[];
  exemplars: (Labels & { value: Long; timestamp: Long })[];
  histograms: ParsedHistogram[];
  createdTimestamp?: Long;
};
type LabelsV1 = { labels: { name: Uint8Array; value: Uint8Array }[] };
type LabelsV2 = { labelsRefs: number[] };

function readV1(message: Uint8Array): ReadSeries[] {
  const { timeseries } = V1.decode(message) as unknown as { timeseries: Parsed<LabelsV1>[] };
  return timeseries.map((one) => seriesOf(one, ({ labels }) => labels.map(({ name, value }) => [given(name), given(value)])));
}

function readV2(message: Uint8Array): { series: ReadSeries[]; symbols: Uint8Array[] } {
  const { symbols, timeseries } = V2.decode(message) as unknown as { symbols: Uint8Array[]; timeseries: Parsed<LabelsV2>[] };
  const labelsOf = ({ labelsRefs: refs }: LabelsV2): ReadLabels => {
    if (refs.some((ref) => ref >= symbols.length)) return 'out of range';
    if (refs.length % 2 === 1) return 'odd';
    return Array.from({ length: refs.length / 2 }, (_, at) => [symbols[refs[2 * at]], symbols[refs[2 * at + 1]]]);
  };
  return { symbols, series: timeseries.map((one) => seriesOf(one, labelsOf)) };
}

function seriesOf<Labels>(one: Parsed<Labels>, labelsOf: (from: Labels) => ReadLabels): ReadSeries {
  const pointOf = ({ value, timestamp }: { value: Long; timestamp: Long }) => ({ bits: wide(value), timeMs: int64(timestamp) });
  return {
    labels: labelsOf(one),
    samples: one.samples.map(pointOf),
    exemplars: one.exemplars.map((exemplar) => ({ labels: labelsOf(exemplar), ...pointOf(exemplar) })),
    histograms: one.histograms.map(readHistogram),
    createdMs: one.createdTimestamp ? int64(one.createdTimestamp) : 0n,
  };
}

/** What is absent on the wire protobufjs gives as an empty array. */
const given = (bytes: Uint8Array) => Uint8Array.from(bytes);
const bytes = (text: Text) => (typeof text === 'string' ? Buffer.from(text) : text);
const int64 = (value: Long) => BigInt.asIntN(64, wide(value));
const sample = ({ bits, timeMs, startMs = 0 }: WireSample) => ({
  value: unsigned(bits),
  timestamp: signed(timeMs),
  startTimestamp: signed(startMs),
});
