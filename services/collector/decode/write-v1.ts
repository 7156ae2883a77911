import type { BatchBuilder } from './batch.ts';
import { decodeBesideV1 } from './beside-samples.ts';
import type { LabelPair, Refusal } from './labels.ts';
import { countPlainSamples, takePlainSamples } from './plain-samples.ts';
import { decodeSample } from './sample.ts';
import { INVALID_UTF8, MAX_KEY_BYTES, type SeriesTable, TOO_LARGE, textAt } from './series-table.ts';
import type { WasmKernel } from './wasm/kernel.ts';
import { LENGTH, Wire } from './wire.ts';

// prometheus.WriteRequest and its parts, remote write 1.0
const REQUEST = { timeseries: 1 } as const;
const SERIES = { labels: 1, samples: 2, exemplars: 3, histograms: 4 } as const;
const SERIES_TAG = 0x0a;
const LABEL = { name: 1, value: 2 } as const;

const wire = new Wire();
const labelWire = new Wire();

/**
 * Decodes a remote write 1.0 request into the builder. Metadata and unknown fields are passed over.
 * @param kernel takes what is as expected; the body then lies in its memory
 * @throws MalformedBody when the bytes are not the protobuf message; RequestTooLarge
 */
export function decodeWriteV1(body: Buffer, table: SeriesTable, builder: BatchBuilder, kernel?: WasmKernel): void {
  wire.reset(body);
  while (true) {
    if (kernel && kernel === table.v1.kernel && body[wire.at] === SERIES_TAG)
      table.v1.walk((after) => kernel.walk(wire, after, 0, builder));
    if (!wire.next()) return;
    if (wire.field !== REQUEST.timeseries) {
      wire.skip();
      continue;
    }
    const outer = wire.open();
    builder.countSeries();
    if (!decodeExpected(table, builder)) decodeSeries(table, builder);
    wire.close(outer);
  }
}

/** The way of nearly every series: the labels that are expected next, then samples. One compare takes the place of reading the labels. */
function decodeExpected(table: SeriesTable, builder: BatchBuilder): boolean {
  const labelsEnd = table.expectedEndV1(wire.bytes, wire.at, wire.end);
  if (labelsEnd <= wire.at) return false;
  const samples = countPlainSamples(wire, labelsEnd, wire.end);
  if (samples < 0) return false;
  const series = table.expectedV1();
  builder.countSamples(samples);
  if (typeof series === 'number') takePlainSamples(wire, labelsEnd, samples, series, builder);
  else builder.refuseSamples(series.refused, samples);
  wire.at = wire.end;
  return true;
}

/** Fields may come in any order, so the first walk finds the labels and the second one, with the series known, takes the samples. */
function decodeSeries(table: SeriesTable, builder: BatchBuilder): void {
  const start = wire.at;
  let labelsFrom = start;
  let labelsTo = start;
  let labelBytes = 0;
  let samples = 0;
  let hasBeside = false;
  let scattered: Buffer[] | undefined;
  while (true) {
    const fieldAt = wire.at;
    if (!wire.next()) break;
    const { field } = wire;
    if (field === SERIES.labels) wire.expect(LENGTH);
    wire.skip();
    if (field === SERIES.samples) samples++;
    else if (field === SERIES.histograms || field === SERIES.exemplars) hasBeside = true;
    if (field !== SERIES.labels) continue;
    labelBytes += wire.at - fieldAt;
    // A set that is refused for its size is not gathered: millions of pieces would cost far more than their bytes.
    if (labelBytes > MAX_KEY_BYTES) continue;
    if (labelsTo === fieldAt || labelsFrom === labelsTo) {
      if (labelsFrom === labelsTo) labelsFrom = fieldAt;
      labelsTo = wire.at;
    } else {
      scattered ??= [wire.bytes.subarray(labelsFrom, labelsTo)];
      scattered.push(wire.bytes.subarray(fieldAt, wire.at));
    }
  }
  builder.countSamples(samples);
  const series = labelBytes > MAX_KEY_BYTES ? TOO_LARGE : seriesOf(scattered, labelsFrom, labelsTo, table);
  wire.at = start;
  while (wire.next()) {
    if (wire.field === SERIES.samples) decodeSample(wire, typeof series === 'number' ? series : -1, builder);
    else wire.skip();
  }
  if (hasBeside) decodeBesideV1(wire, start, typeof series === 'number' ? series : -1, builder);
  if (typeof series !== 'number') builder.refuseSamples(series.refused, samples);
}

function seriesOf(scattered: Buffer[] | undefined, from: number, to: number, table: SeriesTable): number | Refusal {
  if (!scattered) return table.ofV1(wire.bytes, from, to, parseLabels);
  const labels = Buffer.concat(scattered);
  return table.ofV1(labels, 0, labels.length, parseLabels);
}

function parseLabels(bytes: Buffer, start: number, end: number, maxLabels: number): LabelPair[] | Refusal {
  const pairs: LabelPair[] = [];
  let isText = true;
  labelWire.reset(bytes);
  labelWire.at = start;
  labelWire.end = end;
  while (labelWire.next()) {
    const pair: [name: string | undefined, value: string | undefined] = ['', ''];
    const outer = labelWire.open();
    while (labelWire.next()) {
      const { field } = labelWire;
      // The form of labels past the limit is checked all the same.
      if (pairs.length > maxLabels || (field !== LABEL.name && field !== LABEL.value)) {
        labelWire.skip();
        continue;
      }
      const length = labelWire.length();
      pair[field - 1] = textAt(bytes, labelWire.at, labelWire.at + length);
      labelWire.advance(length);
    }
    labelWire.close(outer);
    const [name, value] = pair;
    if (name === undefined || value === undefined) isText = false;
    else if (pairs.length <= maxLabels) pairs.push([name, value]);
  }
  return isText ? pairs : INVALID_UTF8;
}
