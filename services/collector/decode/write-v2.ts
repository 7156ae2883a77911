import type { BatchBuilder } from './batch.ts';
import { decodeBesideV2 } from './beside-samples.ts';
import type { Refusal } from './labels.ts';
import { countPlainSamples, takePlainSamples } from './plain-samples.ts';
import { RequestSymbols } from './request-symbols.ts';
import { decodeSample } from './sample.ts';
import { MAX_KEY_BYTES, type SeriesTable, TOO_LARGE } from './series-table.ts';
import type { WasmKernel } from './wasm/kernel.ts';
import { LENGTH, VARINT, Wire } from './wire.ts';

// io.prometheus.write.v2.Request and its parts, remote write 2.0
const REQUEST = { timeseries: 5 } as const;
const SERIES = { labelsRefs: 1, samples: 2, histograms: 3, exemplars: 4 } as const;

const SERIES_TAG = 0x2a;
const REFERENCES_TAG = 0x0a;
const REFERENCE_OUT_OF_RANGE: Refusal = { refused: 'label reference out of range' };

const wire = new Wire();
const symbols = new RequestSymbols();
/** Ids of the symbols of a series, and the same memory as the table looks it up. */
let keyIds = new Uint32Array(256);
let key = Buffer.from(keyIds.buffer);

/**
 * Decodes a remote write 2.0 request into the builder. Metadata, start timestamps of samples and unknown fields are passed over.
 * @param kernel takes what is as expected; the body then lies in its memory
 * @throws MalformedBody when the bytes are not the protobuf message or the symbol table does not start with ""; RequestTooLarge
 */
export function decodeWriteV2(body: Buffer, table: SeriesTable, builder: BatchBuilder, kernel?: WasmKernel): void {
  const ready = symbols.read(body, table.v2, kernel);
  wire.reset(body);
  while (true) {
    if (ready && ready === table.v2.kernel && body[wire.at] === SERIES_TAG)
      table.v2.walk((after) => ready.walk(wire, after, symbols.count, builder));
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

function doubled(from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(from.length * 2);
  larger.set(from);
  return larger;
}

/**
 * The way of nearly every series: references first, to the symbols that are expected next, then samples. The symbols' ids are compared
 * as they are read; anything unusual is left to `decodeSeries`.
 */
function decodeExpected(table: SeriesTable, builder: BatchBuilder): boolean {
  const { view, at: start, end } = wire;
  const key = table.v2.expected;
  if (key < 0 || end - start < 3 || view.getUint8(start) !== REFERENCES_TAG) return false;
  let at = start + 2;
  let length = view.getUint8(start + 1);
  if (length >= 0x80) {
    const second = view.getUint8(at++);
    if (second >= 0x80) return false;
    length += (second - 1) * 0x80;
  }
  const runEnd = at + length;
  const samples = runEnd < end ? countPlainSamples(wire, runEnd, end) : -1;
  if (samples < 0) return false;
  const { view: keys } = table.v2.sets;
  const keyEnd = table.v2.sets.endOf(key);
  let id = table.v2.sets.startOf(key);
  for (; at < runEnd && id < keyEnd; id += 4) {
    let reference = view.getUint8(at++);
    if (reference >= 0x80) {
      // The run is followed by a sample, so a reference that leaves it reads no further than that, and `at` says so.
      const second = view.getUint8(at++);
      if (second >= 0x80) return false;
      reference += (second - 1) * 0x80;
    }
    if (reference >= symbols.count || symbols.ids[reference] !== keys.getUint32(id, true)) return false;
  }
  if (at !== runEnd || id !== keyEnd) return false;
  builder.countLabelBytes(table.v2.expectedBytes);
  builder.countSamples(samples);
  const series = table.v2.takeExpected();
  if (typeof series === 'number') takePlainSamples(wire, runEnd, samples, series, builder);
  else builder.refuseSamples(series.refused, samples);
  wire.at = end;
  return true;
}

function decodeSeries(table: SeriesTable, builder: BatchBuilder): void {
  const start = wire.at;
  let samples = 0;
  let keyLength = 0;
  let labelBytes = 0;
  let isInRange = true;
  let hasBeside = false;
  while (wire.next()) {
    if (wire.field === SERIES.samples) samples++;
    else if (wire.field === SERIES.histograms || wire.field === SERIES.exemplars) hasBeside = true;
    if (wire.field !== SERIES.labelsRefs) {
      wire.skip();
      continue;
    }
    // Packed references are a run of varints, an unpacked one is a field of its own.
    const isPacked = wire.type === LENGTH;
    if (!isPacked) wire.expect(VARINT);
    const outer = isPacked ? wire.open() : wire.end;
    const runEnd = isPacked ? wire.end : wire.at + 1;
    while (wire.at < runEnd) {
      const reference = wire.varint();
      if (reference >= symbols.count) isInRange = false;
      else {
        const symbol = symbols.ids[reference] as number;
        labelBytes += table.v2.parts.bytesOf(symbol);
        if (keyLength <= MAX_KEY_BYTES) keyLength = appendKey(symbol, keyLength);
      }
    }
    wire.close(outer);
  }
  builder.countSamples(samples);
  const series = isInRange ? seriesOf(keyLength, labelBytes, table, builder) : REFERENCE_OUT_OF_RANGE;
  wire.at = start;
  while (wire.next()) {
    if (wire.field === SERIES.samples) decodeSample(wire, typeof series === 'number' ? series : -1, builder);
    else wire.skip();
  }
  if (hasBeside) {
    const symbolOf = (reference: number) =>
      reference < symbols.count ? table.v2.parts.keyOf(symbols.ids[reference] as number) : undefined;
    decodeBesideV2(wire, start, typeof series === 'number' ? series : -1, builder, symbolOf);
  }
  if (typeof series !== 'number') builder.refuseSamples(series.refused, samples);
}

function seriesOf(keyLength: number, labelBytes: number, table: SeriesTable, builder: BatchBuilder): number | Refusal {
  if (keyLength > MAX_KEY_BYTES || labelBytes > MAX_KEY_BYTES) return TOO_LARGE;
  builder.countLabelBytes(labelBytes);
  return table.ofV2(key, keyLength);
}

function appendKey(symbolId: number, length: number): number {
  if (length === key.length) {
    keyIds = doubled(keyIds);
    key = Buffer.from(keyIds.buffer);
  }
  keyIds[length / 4] = symbolId;
  return length + 4;
}
