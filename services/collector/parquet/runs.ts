import { Bytes } from './bytes.ts';
import type { EncodedColumn } from './parquet-file.ts';

/** Values that hold for a run of rows each: what a label column is, once rows are sorted by series. */
export type Run<T> = { value: T; rows: number };

/**
 * Dictionary and one RLE run per run of equal values: the cost is per series, not per row.
 * Encoding: Parquet, "RLE / bit-packing hybrid", RLE runs only.
 */
export function encodeRuns<T extends string | number>(runs: Iterable<Run<T>>): EncodedColumn {
  const indexes = new Map<T, number>();
  const merged: Run<number>[] = [];
  for (const { value, rows } of runs) {
    if (rows === 0) continue;
    const index = indexes.get(value) ?? indexes.size;
    if (index === indexes.size) indexes.set(value, index);
    const last = merged.at(-1);
    if (last?.value === index) last.rows += rows;
    else merged.push({ value: index, rows });
  }
  const bitWidth = 32 - Math.clz32(indexes.size - 1);
  const values = new Bytes();
  values.byte(bitWidth);
  appendRuns(values, merged, bitWidth);
  return {
    encoding: 'RLE_DICTIONARY',
    values: values.take(),
    nulls: 0,
    dictionary: { bytes: plainValues(indexes.keys()), count: indexes.size },
    ...boundsOf(indexes.keys()),
  };
}

/** Definition levels of a nullable column: 1 where a value stands, 0 where NULL does. */
export function encodeLevels(isPresent: Uint8Array): Uint8Array {
  const runs: Run<number>[] = [];
  for (const level of isPresent) {
    const last = runs.at(-1);
    if (last?.value === level) last.rows++;
    else runs.push({ value: level, rows: 1 });
  }
  return encodeLevelRuns(runs);
}

export function encodeLevelRuns(runs: readonly Run<number>[]): Uint8Array {
  const levels = new Bytes();
  appendRuns(levels, runs, 1);
  return levels.take();
}

function appendRuns(to: Bytes, runs: readonly Run<number>[], bitWidth: number): void {
  const valueBytes = Math.ceil(bitWidth / 8);
  for (const { value, rows } of runs) {
    to.varint(rows * 2);
    to.word(value, valueBytes);
  }
}

function plainValues(values: Iterable<string | number>): Uint8Array {
  const bytes = new Bytes();
  for (const value of values) {
    if (typeof value === 'string') bytes.text(value);
    else bytes.word(value, 4);
  }
  return bytes.take();
}

/** Strings are bounded by their bytes, as the format says, not by UTF-16 units. */
function boundsOf<T extends string | number>(values: Iterable<T>): { min: T | undefined; max: T | undefined } {
  let min: T | undefined;
  let max: T | undefined;
  for (const value of values) {
    if (min === undefined || isBelow(value, min)) min = value;
    if (max === undefined || isBelow(max, value)) max = value;
  }
  return { min, max };
}

function isBelow(a: string | number, b: string | number): boolean {
  return typeof a === 'string' && typeof b === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0 : a < b;
}
