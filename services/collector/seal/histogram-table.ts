import { HISTOGRAMS_COLUMNS } from '@tallyship/shared/contracts/columns';
import { type Buckets, decodeHistogram, type Histogram } from '../decode/histogram-content.ts';
import { indexesOf } from '../decode/validate-histogram.ts';
import { encodeLists } from '../parquet/lists.ts';
import type { EncodedColumn } from '../parquet/parquet-file.ts';
import { encodeDoubles, encodeInts, encodeNullableTimes, encodeSampleValues } from '../parquet/plain-values.ts';
import { encodeRuns } from '../parquet/runs.ts';
import type { PackedRow } from './sort-packed.ts';
import type { PackedTable } from './write-packed.ts';

/** `histograms`: numbers as they were received, bit by bit, and spans written out as the indexes of their buckets. */
export const HISTOGRAM_TABLE: PackedTable = { columns: HISTOGRAMS_COLUMNS, encodeContent };

/** In the order of HISTOGRAMS_COLUMNS. */
function encodeContent(rows: readonly PackedRow[]): (() => EncodedColumn)[] {
  const histograms = rows.map(({ content, timeMs }) => decodeHistogram(content, timeMs));
  const texts = (of: (one: Histogram) => string) => encodeRuns(histograms.map((one) => ({ value: of(one), rows: 1 })));
  const numbers = (of: (one: Histogram) => Buffer) => encodeDoubles(new Float64Array(joined(histograms.map(of))), false);
  const lists = (of: (one: Histogram) => Buffer) => {
    const each = histograms.map(of);
    return encodeLists(
      new Uint8Array(joined(each)),
      each.map((list) => list.length / 8),
    );
  };
  const indexes = (of: (one: Histogram) => Buckets) =>
    encodeLists(
      new Uint8Array(Int32Array.from(histograms.flatMap((one) => [...indexesOf(of(one).spans)])).buffer),
      histograms.map((one) => of(one).counts.length / 8),
    );
  return [
    () => encodeNullableTimes(Float64Array.from(histograms, ({ startMs }) => startMs)),
    () => texts(({ isFloat }) => (isFloat ? 'float' : 'integer')),
    () => texts(({ resetHint }) => resetHint),
    () => encodeInts(Int32Array.from(histograms, ({ schema }) => schema)),
    () => numbers(({ count }) => count),
    () => encodeSampleValues(new Uint32Array(joined(histograms.map(({ sum }) => sum))), 'PLAIN'),
    () => numbers(({ zeroThreshold }) => zeroThreshold),
    () => numbers(({ zeroCount }) => zeroCount),
    () => indexes(({ negative }) => negative),
    () => lists(({ negative }) => negative.counts),
    () => indexes(({ positive }) => positive),
    () => lists(({ positive }) => positive.counts),
    () => lists(({ customValues }) => customValues),
  ];
}

/** One after another in memory of their own, which is aligned for numbers. */
function joined(pieces: readonly Buffer[]): ArrayBuffer {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes.buffer;
}
