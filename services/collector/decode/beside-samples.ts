import type { BatchBuilder } from './batch.ts';
import { decodeExemplar, type ExemplarLabels, type ReadExemplarLabels } from './exemplar.ts';
import { encodeHistogram } from './histogram-content.ts';
import { readHistogram } from './histogram-message.ts';
import { histogramRefusal } from './validate-histogram.ts';
import { LENGTH, VARINT, type Wire } from './wire.ts';

/** Where a series holds what comes beside its samples. */
type Layout = { histograms: number; exemplars: number; createdTimestamp: number | undefined };

const V1: Layout = { exemplars: 3, histograms: 4, createdTimestamp: undefined };
// Up to 2.0-rc.3 the start of a counter or histogram was a field of its series.
const V2: Layout = { histograms: 3, exemplars: 4, createdTimestamp: 6 };
const LABEL = { name: 1, value: 2 } as const;
const NOTHING: Buffer = Buffer.alloc(0);

/** The symbol that a reference of remote write 2.0 leads to; undefined for one that leads nowhere. */
export type SymbolOf = (reference: number) => Buffer | undefined;

/**
 * Takes the histograms and exemplars of a series in a walk of their own, so that the way of samples is free of them. The wire is inside
 * the series and is left at its end.
 * @param start where the fields of the series begin
 * @param series -1 for a refused series, whose content is checked for its form alone
 * @throws MalformedBody, RequestTooLarge
 */
export function decodeBesideV1(wire: Wire, start: number, series: number, builder: BatchBuilder): void {
  decodeBeside(wire, start, series, builder, V1, readLabel);
}

/** As `decodeBesideV1`, for remote write 2.0. */
export function decodeBesideV2(wire: Wire, start: number, series: number, builder: BatchBuilder, symbolOf: SymbolOf): void {
  decodeBeside(wire, start, series, builder, V2, (_, labels) => readReferences(wire, labels, symbolOf));
}

function decodeBeside(
  wire: Wire,
  start: number,
  series: number,
  builder: BatchBuilder,
  layout: Layout,
  readLabels: ReadExemplarLabels,
): void {
  const createdMs = createdTimestampOf(wire, start, layout);
  wire.at = start;
  while (wire.next()) {
    if (wire.field === layout.histograms) {
      builder.countPacked('histograms', series);
      decodeHistogram(wire, series, createdMs, builder);
    } else if (wire.field === layout.exemplars) {
      builder.countPacked('exemplars', series);
      decodeExemplar(wire, series, readLabels, builder);
    } else wire.skip();
  }
}

function createdTimestampOf(wire: Wire, start: number, { createdTimestamp }: Layout): number {
  if (createdTimestamp === undefined) return 0;
  let createdMs = 0;
  wire.at = start;
  while (wire.next()) {
    // The field is reserved today: of another type it is no timestamp.
    if (wire.field === createdTimestamp && wire.type === VARINT) createdMs = wire.int64();
    else wire.skip();
  }
  return createdMs;
}

function decodeHistogram(wire: Wire, series: number, createdMs: number, builder: BatchBuilder): void {
  const message = readHistogram(wire, builder.maxHistogramBuckets);
  if (series < 0) return;
  const refused = histogramRefusal(message, builder.maxHistogramBuckets);
  message.startMs ||= createdMs;
  if (refused === undefined) builder.packed('histograms', series, message.timeMs, encodeHistogram(message));
  else builder.refusePacked('histograms', refused);
}

/** Remote write 1.0: a label is a message of its own. */
function readLabel(wire: Wire, labels: ExemplarLabels): void {
  let [name, value] = [NOTHING, NOTHING];
  const outer = wire.open();
  while (wire.next()) {
    if (wire.field !== LABEL.name && wire.field !== LABEL.value) {
      wire.skip();
      continue;
    }
    const length = wire.length();
    const text = wire.bytes.subarray(wire.at, wire.at + length);
    if (wire.field === LABEL.name) name = text;
    else value = text;
    wire.advance(length);
  }
  wire.close(outer);
  labels.add(name, value);
}

/** Remote write 2.0: references to names and values in turn; packed ones are a run of varints, an unpacked one is a field of its own. */
function readReferences(wire: Wire, labels: ExemplarLabels, symbolOf: SymbolOf): void {
  const isPacked = wire.type === LENGTH;
  if (!isPacked) wire.expect(VARINT);
  const outer = isPacked ? wire.open() : wire.end;
  const runEnd = isPacked ? wire.end : wire.at + 1;
  while (wire.at < runEnd) labels.addHalf(symbolOf(wire.varint()));
  wire.close(outer);
}
