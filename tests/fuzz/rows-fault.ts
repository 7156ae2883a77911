import type { Batch } from '../../services/collector/decode/batch.ts';
import { type Buckets, decodeHistogram, type Histogram } from '../../services/collector/decode/histogram-content.ts';
import type { PackedKind } from '../../services/collector/decode/packed-rows.ts';
import { indexesOf } from '../../services/collector/decode/validate-histogram.ts';
import type { HistogramRow } from '../support/histogram-model.ts';
import type { Counts, ModelOutcome } from '../support/remote-write-model.ts';

/** Holds what the decoder made of a request against what the rules of content make of it. @returns the first difference */
export function rowsFault(batch: Batch, expected: ModelOutcome): string | undefined {
  const { received, refused } = batch.outcome;
  return (
    difference(
      'received and refused',
      [countsOf(received), countsOf(refused)],
      [countsOf(expected.received), countsOf(expected.refused)],
    ) ??
    difference(
      'samples',
      sampleTexts(batch),
      expected.rows.map(({ labels, timeMs, bits }) => `${labels} ${timeMs} ${bits}`),
    ) ??
    difference(
      'histograms',
      histogramTexts(batch),
      expected.histograms.map(({ labels, timeMs, row }) => `${labels} ${timeMs} ${textOf(row)}`),
    ) ??
    difference(
      'exemplars',
      exemplarTexts(batch),
      expected.exemplars.map(({ labels, timeMs, bits, exemplar }) => `${labels} ${timeMs} ${bits} ${exemplar}`),
    )
  );
}

function difference(what: string, got: readonly string[], expected: readonly string[]): string | undefined {
  if (got.length !== expected.length) return `${got.length} ${what}, expected ${expected.length}`;
  const at = got.findIndex((one, row) => one !== expected[row]);
  return at < 0 ? undefined : `${what}, row ${at} is ${got[at]}, expected ${expected[at]}`;
}

const countsOf = ({ samples, histograms, exemplars }: Counts) => `${samples} samples, ${histograms} histograms, ${exemplars} exemplars`;

function sampleTexts(batch: Batch): string[] {
  return Array.from({ length: batch.rows }, (_, row) => {
    const { series, timesMs } = batch;
    return `${labelsOf(batch, series[row] as number)} ${BigInt(timesMs[row] as number)} ${bitsOf(batch, row)}`;
  });
}

function histogramTexts(batch: Batch): string[] {
  return packedTexts(batch, 'histograms', (content, timeMs) => textOf(rowOf(decodeHistogram(content, timeMs))));
}

function exemplarTexts(batch: Batch): string[] {
  return packedTexts(batch, 'exemplars', (content) => {
    const pairs = pairsOf(content.toString('utf8', 8));
    return `${content.readBigUInt64LE()} ${JSON.stringify(pairs)}`;
  });
}

function packedTexts(batch: Batch, kind: PackedKind, textOfContent: (content: Buffer, timeMs: number) => string): string[] {
  const packed = batch.packed[kind];
  if (!packed) return [];
  return Array.from({ length: packed.rows }, (_, row) => {
    const timeMs = packed.timeMsOf(row);
    return `${labelsOf(batch, packed.seriesOf(row))} ${timeMs} ${textOfContent(packed.contentOf(row), timeMs)}`;
  });
}

/** What is kept of a histogram, as a reader of the lake will find it. */
function rowOf({ isFloat, startMs, ...one }: Histogram): HistogramRow {
  const bits = (doubles: Buffer) => Array.from({ length: doubles.length / 8 }, (_, at) => doubles.readBigUInt64LE(8 * at));
  const sideOf = ({ spans, counts }: Buckets) => {
    const indexes = [...indexesOf(spans)];
    return bits(counts).map((count, at): [bigint, bigint] => [BigInt(indexes[at] as number), count]);
  };
  const sum = one.sum.readBigUInt64LE();
  return {
    startMs: Number.isNaN(startMs) ? null : BigInt(startMs),
    kind: isFloat ? 'float' : 'integer',
    resetHint: one.resetHint,
    schema: one.schema,
    count: one.count.readBigUInt64LE(),
    sum: sum === 0x7ff0000000000002n ? null : sum,
    zeroThreshold: one.zeroThreshold.readBigUInt64LE(),
    zeroCount: one.zeroCount.readBigUInt64LE(),
    negative: sideOf(one.negative),
    positive: sideOf(one.positive),
    customValues: bits(one.customValues),
  };
}

const textOf = (row: HistogramRow) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value));

const COLUMNS = ['__name__', 'namespace', 'pod', 'container', 'node', 'job', 'instance', 'uid', 'resource', 'unit', 'id', 'image', 'name'];

function labelsOf({ table }: Batch, index: number): string {
  const { columns, haReplica, labels } = table.seriesAt(index);
  const pairs = columns.map((value, at): [string, string] => [COLUMNS[at] as string, value]);
  const all = [...pairs, ['prometheus_replica', haReplica] as [string, string], ...pairsOf(labels)].filter(([, value]) => value !== '');
  return JSON.stringify(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** In the order of the text, which JSON.parse does not keep for names that look like numbers. */
function pairsOf(json: string): [string, string][] {
  return [...json.matchAll(/("(?:[^"\\]|\\.)*"):("(?:[^"\\]|\\.)*")/g)].map(([, name, value]) => [
    JSON.parse(name as string),
    JSON.parse(value as string),
  ]);
}

const bitsOf = ({ bits }: Batch, row: number) => (BigInt(bits[2 * row + 1] as number) << 32n) | BigInt(bits[2 * row] as number);
