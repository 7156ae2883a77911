import { Bytes } from './bytes.ts';
import type { EncodedColumn } from './parquet-file.ts';
import { encodeLevelRuns, type Run } from './runs.ts';

/** Bits of the staleness marker, the one NaN that stands for "no more samples" (Prometheus `value.StaleNaN`). */
export const STALE_HIGH = 0x7ff00000;
export const STALE_LOW = 2;

/** PLAIN with ZSTD is what every reader takes; the bytes of a value split into streams of their own are smaller and not read by all. */
export type ValueEncoding = 'PLAIN' | 'BYTE_STREAM_SPLIT';

/**
 * Sample values as DOUBLE, bit by bit; the staleness marker becomes NULL. Nothing is copied for PLAIN: values are moved together in place,
 * so `bits` does not hold the rows any more, and what is returned is a part of it.
 * @param bits low and high words of all rows, 8-byte aligned
 */
export function encodeSampleValues(bits: Uint32Array, encoding: ValueEncoding): EncodedColumn {
  const rows = bits.length / 2;
  const levels: Run<number>[] = [];
  let kept = 0;
  for (let from = 0, end = 0; from < rows; from = end) {
    const isPresent = !isStale(bits, from);
    end = staleRunEnd(bits, from, !isPresent);
    levels.push({ value: isPresent ? 1 : 0, rows: end - from });
    if (!isPresent) continue;
    if (kept < from) bits.copyWithin(2 * kept, 2 * from, 2 * end);
    kept += end - from;
  }
  const plain = new Uint8Array(bits.buffer, bits.byteOffset, 8 * kept);
  return {
    encoding,
    values: encoding === 'PLAIN' ? plain : splitStreams(plain, 8),
    definitionLevels: encodeLevelRuns(levels),
    entries: rows,
    nulls: rows - kept,
    ...numberBounds(new Float64Array(bits.buffer, bits.byteOffset, kept)),
  };
}

/** @returns the row behind the run that begins here */
function staleRunEnd(bits: Uint32Array, from: number, areStale: boolean): number {
  let row = from + 1;
  while (row < bits.length / 2 && isStale(bits, row) === areStale) row++;
  return row;
}

function isStale(bits: Uint32Array, row: number): boolean {
  return bits[2 * row + 1] === STALE_HIGH && bits[2 * row] === STALE_LOW;
}

/** The first bytes of all values, then the second ones and so on. Encoding: Parquet, "Byte Stream Split". */
function splitStreams(plain: Uint8Array, width: number): Uint8Array {
  const split = new Uint8Array(plain.length);
  const count = plain.length / width;
  for (let stream = 0, to = 0; stream < width; stream++) {
    for (let from = stream; to < (stream + 1) * count; from += width) split[to++] = plain[from] as number;
  }
  return split;
}

/** Numbers of a required DOUBLE column, or of a nullable one where NaN stands for NULL. */
export function encodeDoubles(values: Float64Array, isNullable: boolean): EncodedColumn {
  const kept = isNullable ? withoutNaN(values) : values;
  return {
    encoding: 'PLAIN',
    values: new Uint8Array(kept.buffer, kept.byteOffset, kept.byteLength),
    definitionLevels: isNullable ? levelsOf(values) : undefined,
    nulls: values.length - kept.length,
    ...numberBounds(kept),
  };
}

/** Times in milliseconds of a nullable TIMESTAMP column; NaN stands for NULL. */
export function encodeNullableTimes(timesMs: Float64Array): EncodedColumn {
  const kept = withoutNaN(timesMs);
  const words = new Uint32Array(2 * kept.length);
  splitWords(kept, words);
  const { min, max } = numberBounds(kept);
  return {
    encoding: 'PLAIN',
    values: new Uint8Array(words.buffer),
    definitionLevels: levelsOf(timesMs),
    nulls: timesMs.length - kept.length,
    min: min === undefined ? undefined : BigInt(min),
    max: max === undefined ? undefined : BigInt(max),
  };
}

export function encodeInts(values: Int32Array): EncodedColumn {
  return { encoding: 'PLAIN', values: new Uint8Array(values.buffer), nulls: 0, ...numberBounds(new Float64Array(values)) };
}

/** Strings that are mostly distinct: a dictionary would only add to them. */
export function encodeTexts(values: readonly string[]): EncodedColumn {
  const bytes = new Bytes();
  bytes.texts(values);
  return { encoding: 'PLAIN', values: bytes.take(), nulls: 0, min: undefined, max: undefined, release: () => bytes.release() };
}

function levelsOf(values: Float64Array): Uint8Array {
  const levels: Run<number>[] = [];
  for (let from = 0, end = 0; from < values.length; from = end) {
    const isPresent = !Number.isNaN(values[from]);
    end = runEnd(values, from, !isPresent);
    levels.push({ value: isPresent ? 1 : 0, rows: end - from });
  }
  return encodeLevelRuns(levels);
}

/** @returns the place behind the run that begins here */
function runEnd(values: Float64Array, from: number, areNaN: boolean): number {
  let at = from + 1;
  while (at < values.length && Number.isNaN(values[at]) === areNaN) at++;
  return at;
}

function withoutNaN(values: Float64Array): Float64Array {
  const kept = Float64Array.from(values);
  return kept.subarray(0, dropNaN(kept));
}

/** Moves all others together, in place. @returns how many there are */
function dropNaN(values: Float64Array): number {
  let count = 0;
  for (let at = 0; at < values.length; at++) {
    values[count] = values[at] as number;
    if (!Number.isNaN(values[at])) count++;
  }
  return count;
}

/** Whole numbers as 64 bits, low word first. */
function splitWords(values: Float64Array, words: Uint32Array): void {
  for (let at = 0; at < values.length; at++) {
    words[2 * at] = values[at] as number;
    words[2 * at + 1] = Math.floor((values[at] as number) / 2 ** 32);
  }
}

/**
 * None where a NaN is: the format keeps it out of bounds, but readers that order it above all numbers (DuckDB) would then skip its row.
 * A bound of zero is written as the zero that includes the other (Parquet, statistics of floating point).
 */
function numberBounds(values: Float64Array): { min: number | undefined; max: number | undefined } {
  const [min, max] = [leastOf(values), greatestOf(values)];
  if (values.length === 0 || Number.isNaN(min)) return { min: undefined, max: undefined };
  return { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max };
}

/** @returns NaN where there is one */
function leastOf(values: Float64Array): number {
  let least = Infinity;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if (value < least) least = value;
    else if (Number.isNaN(value)) return NaN;
  }
  return least;
}

function greatestOf(values: Float64Array): number {
  let greatest = -Infinity;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if (value > greatest) greatest = value;
  }
  return greatest;
}
