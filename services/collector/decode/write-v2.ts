import type { BatchBuilder } from './batch.ts';
import { decodeBesideV2 } from './beside-samples.ts';
import type { Refusal } from './labels.ts';
import { RequestTooLarge } from './limits.ts';
import { countPlainSamples, takePlainSamples } from './plain-samples.ts';
import { decodeSample } from './sample.ts';
import { MAX_KEY_BYTES, type SeriesTable, TOO_LARGE } from './series-table.ts';
import type { WasmKernel } from './wasm/kernel.ts';
import { LENGTH, MalformedBody, VARINT, Wire } from './wire.ts';

// io.prometheus.write.v2.Request and its parts, remote write 2.0
const REQUEST = { symbols: 4, timeseries: 5 } as const;
const SERIES = { labelsRefs: 1, samples: 2, histograms: 3, exemplars: 4 } as const;

const SERIES_TAG = 0x2a;
const REFERENCES_TAG = 0x0a;
const MAX_SYMBOLS = 1_000_000;
const REFERENCE_OUT_OF_RANGE: Refusal = { refused: 'label reference out of range' };

const wire = new Wire();
/** Id in the series table of each symbol of the request. */
let symbolIds = new Uint32Array(1024);
let symbolBytes = new Uint32Array(1024);
let symbolCount = 0;
let lastSymbol = -1;
/** Ids of the symbols of a series, and the same memory as the table looks it up. */
let keyIds = new Uint32Array(256);
let key = Buffer.from(keyIds.buffer);

/**
 * Decodes a remote write 2.0 request into the builder. Metadata, start timestamps of samples and unknown fields are passed over.
 * @param kernel takes what is as expected; the body then lies in its memory
 * @throws MalformedBody when the bytes are not the protobuf message or the symbol table does not start with ""; RequestTooLarge
 */
export function decodeWriteV2(body: Buffer, table: SeriesTable, builder: BatchBuilder, kernel?: WasmKernel): void {
  // Symbols may stand behind the series that refer to them, so they are read in a walk of their own.
  readSymbols(body, table);
  wire.reset(body);
  kernel?.setSymbols(symbolIds, symbolBytes, symbolCount);
  while (true) {
    if (kernel && body[wire.at] === SERIES_TAG) table.walk(kernel, 2, wire, builder);
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

function readSymbols(body: Buffer, table: SeriesTable): void {
  symbolCount = 0;
  wire.reset(body);
  while (wire.next()) {
    if (wire.field !== REQUEST.symbols) {
      wire.skip();
      continue;
    }
    const length = wire.length();
    if (symbolCount === 0 && length !== 0) throw new MalformedBody('the first symbol is not the empty string');
    if (symbolCount === MAX_SYMBOLS) throw new RequestTooLarge(`more than ${MAX_SYMBOLS} symbols in one request; send smaller requests`);
    if (symbolCount === symbolIds.length) [symbolIds, symbolBytes] = [doubled(symbolIds), doubled(symbolBytes)];
    lastSymbol = table.symbols.idOf(wire.bytes, wire.at, wire.at + length, lastSymbol < table.symbols.count ? lastSymbol : -1);
    symbolBytes[symbolCount] = length;
    symbolIds[symbolCount++] = lastSymbol;
    wire.advance(length);
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
  const key = table.expectedKeyV2();
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
  const { view: keys } = table.keysV2;
  const keyEnd = table.keysV2.endOf(key);
  let labelBytes = 0;
  let id = table.keysV2.startOf(key);
  for (; at < runEnd && id < keyEnd; id += 4) {
    let reference = view.getUint8(at++);
    if (reference >= 0x80) {
      // The run is followed by a sample, so a reference that leaves it reads no further than that, and `at` says so.
      const second = view.getUint8(at++);
      if (second >= 0x80) return false;
      reference += (second - 1) * 0x80;
    }
    if (reference >= symbolCount || symbolIds[reference] !== keys.getUint32(id, true)) return false;
    labelBytes += symbolBytes[reference] as number;
  }
  if (at !== runEnd || id !== keyEnd) return false;
  builder.countLabelBytes(labelBytes);
  builder.countSamples(samples);
  const series = table.expectedV2();
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
      if (reference >= symbolCount) isInRange = false;
      else {
        labelBytes += symbolBytes[reference] as number;
        if (keyLength <= MAX_KEY_BYTES) keyLength = appendKey(symbolIds[reference] as number, keyLength);
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
    const symbolOf = (reference: number) => (reference < symbolCount ? table.symbols.keyOf(symbolIds[reference] as number) : undefined);
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
