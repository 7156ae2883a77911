import { Bytes } from './bytes.ts';
import type { EncodedColumn } from './parquet-file.ts';
import { encodeLevels } from './runs.ts';

/** Bits of the staleness marker, the one NaN that stands for "no more samples" (Prometheus `value.StaleNaN`). */
export const STALE_HIGH = 0x7ff00000;
export const STALE_LOW = 2;

/**
 * Sample values as PLAIN DOUBLE, copied bit by bit; the staleness marker becomes NULL. PLAIN with ZSTD is the form that every reader
 * takes.
 * @param bits low and high words; the rows [from, to) are encoded
 */
export function encodeSampleValues(bits: Uint32Array, from: number, to: number): EncodedColumn {
  const isPresent = new Uint8Array(to - from);
  const words = new Uint32Array(2 * (to - from));
  let kept = 0;
  for (let row = from; row < to; row++) {
    const low = bits[2 * row] as number;
    const high = bits[2 * row + 1] as number;
    if (high === STALE_HIGH && low === STALE_LOW) continue;
    isPresent[row - from] = 1;
    words[2 * kept] = low;
    words[2 * kept + 1] = high;
    kept++;
  }
  return {
    encoding: 'PLAIN',
    values: new Uint8Array(words.buffer, 0, 8 * kept),
    definitionLevels: encodeLevels(isPresent),
    nulls: to - from - kept,
    ...numberBounds(new Float64Array(words.buffer, 0, kept)),
  };
}

/** Numbers of a required DOUBLE column, or of a nullable one where NaN stands for NULL. */
export function encodeDoubles(values: Float64Array, isNullable: boolean): EncodedColumn {
  const kept = isNullable ? values.filter((value) => !Number.isNaN(value)) : values;
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
  const kept = timesMs.filter((value) => !Number.isNaN(value));
  const words = BigInt64Array.from(kept, (value) => BigInt(value));
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
  return { encoding: 'PLAIN', values: new Uint8Array(values.buffer), nulls: 0, ...numberBounds(values) };
}

/** Strings that are mostly distinct: a dictionary would only add to them. */
export function encodeTexts(values: readonly string[]): EncodedColumn {
  const bytes = new Bytes();
  for (const value of values) bytes.text(value);
  return { encoding: 'PLAIN', values: bytes.take(), nulls: 0, min: undefined, max: undefined };
}

function levelsOf(values: Float64Array): Uint8Array {
  return encodeLevels(Uint8Array.from(values, (value) => (Number.isNaN(value) ? 0 : 1)));
}

/**
 * None where a NaN is: the format keeps it out of bounds, but readers that order it above all numbers (DuckDB) would then skip its row.
 * A bound of zero is written as the zero that includes the other (Parquet, statistics of floating point).
 */
function numberBounds(values: Float64Array | Int32Array): { min: number | undefined; max: number | undefined } {
  let min: number | undefined;
  let max: number | undefined;
  for (const value of values) {
    if (Number.isNaN(value)) return { min: undefined, max: undefined };
    if (min === undefined || value < min) min = value;
    if (max === undefined || value > max) max = value;
  }
  return { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max };
}
