import protobuf from 'protobufjs';
import { compressSync, uncompressSync } from 'snappy';
import { HISTOGRAM_PROTO, type ParsedHistogram, type ReadHistogram, readHistogram } from './remote-write-histograms.ts';
import { addSample, canonicalLabels, type SeriesSamples } from './series-samples.ts';

// `value` is a double on the wire. It is declared as the fixed64 of the same 8 bytes, since a JavaScript number does not keep a NaN's bits.
const { root } = protobuf.parse(`
  syntax = "proto3";
  message ReadRequest { repeated Query queries = 1; }
  message Query { int64 start_timestamp_ms = 1; int64 end_timestamp_ms = 2; repeated Matcher matchers = 3; }
  message Matcher { int32 type = 1; string name = 2; string value = 3; }
  message ReadResponse { repeated QueryResult results = 1; }
  message QueryResult { repeated TimeSeries timeseries = 1; }
  message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Histogram histograms = 4; }
  message Label { string name = 1; string value = 2; }
  message Sample { fixed64 value = 1; int64 timestamp = 2; }
  ${HISTOGRAM_PROTO}
`);

type Long = { high: number; low: number; toNumber(): number };
type TimeSeries = {
  labels: { name: string; value: string }[];
  samples: { value: Long; timestamp: Long }[];
  histograms: ParsedHistogram[];
};

/** All samples of a Prometheus' own TSDB that carry label `name` = `value`, bits kept, by the remote read protocol. */
export async function readTsdb(prometheusUrl: string, label: { name: string; value: string }): Promise<SeriesSamples> {
  const all: SeriesSamples = new Map();
  for (const one of await read(prometheusUrl, label)) {
    for (const { value, timestamp } of one.samples) addSample(all, labelsOf(one), timestamp.toNumber(), bitsOf(value));
  }
  return all;
}

/** Its native histograms, with the canonical labels of their series. */
export async function readTsdbHistograms(
  prometheusUrl: string,
  label: { name: string; value: string },
): Promise<{ labels: string; histogram: ReadHistogram }[]> {
  const all = await read(prometheusUrl, label);
  return all.flatMap((one) => one.histograms.map((histogram) => ({ labels: labelsOf(one), histogram: readHistogram(histogram) })));
}

async function read(prometheusUrl: string, label: { name: string; value: string }): Promise<TimeSeries[]> {
  const request = root.lookupType('ReadRequest');
  const query = { startTimestampMs: 0, endTimestampMs: Date.now() + 3_600_000, matchers: [{ type: 0, ...label }] };
  const answer = await fetch(`${prometheusUrl}/api/v1/read`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-read-version': '0.1.0',
    },
    body: new Uint8Array(compressSync(Buffer.from(request.encode(request.fromObject({ queries: [query] })).finish()))),
  });
  if (!answer.ok) throw new Error(`remote read answered ${answer.status}: ${await answer.text()}`);
  const body = uncompressSync(Buffer.from(await answer.arrayBuffer()), { asBuffer: true }) as Buffer;
  const response = root.lookupType('ReadResponse').decode(body) as unknown as { results: { timeseries: TimeSeries[] }[] };
  return response.results.flatMap(({ timeseries }) => timeseries);
}

const labelsOf = ({ labels }: TimeSeries) => canonicalLabels(labels.map((each) => [each.name, each.value] as const));
const bitsOf = ({ high, low }: Long) => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
