import { Bytes } from './bytes.ts';
import type { EncodedColumn } from './parquet-file.ts';

/** Values that hold for a run of rows each: what a label column is, once rows are sorted by series. */
export type Run<T> = { value: T; rows: number };

/**
 * Dictionary and one RLE run per run of equal values: the cost is per series, not per row, and no object is made for either.
 * Encoding: Parquet, "RLE / bit-packing hybrid", RLE runs only.
 * @param rowsAt how many rows the value at this place holds for; it may be none
 */
export function encodeRunsAt<T extends string | number>(
  from: number,
  to: number,
  valueAt: (at: number) => T,
  rowsAt: (at: number) => number,
): EncodedColumn {
  const indexes = new Map<T, number>();
  const runs = { indexes: new Uint32Array(to - from), rows: new Uint32Array(to - from), count: 0 };
  for (let at = from; at < to; at++) {
    const rows = rowsAt(at);
    if (rows === 0) continue;
    const value = valueAt(at);
    const index = indexes.get(value) ?? indexes.size;
    if (index === indexes.size) indexes.set(value, index);
    if (runs.count === 0 || runs.indexes[runs.count - 1] !== index) runs.indexes[runs.count++] = index;
    runs.rows[runs.count - 1] = (runs.rows[runs.count - 1] as number) + rows;
  }
  const bitWidth = 32 - Math.clz32(indexes.size - 1);
  const values = new Bytes();
  values.byte(bitWidth);
  for (let run = 0; run < runs.count; run++) appendRun(values, runs.indexes[run] as number, runs.rows[run] as number, bitWidth);
  const dictionary = plainValues(indexes.keys());
  return {
    encoding: 'RLE_DICTIONARY',
    values: values.take(),
    nulls: 0,
    dictionary: { bytes: dictionary.take(), count: indexes.size },
    ...boundsOf(indexes.keys()),
    release: () => {
      values.release();
      dictionary.release();
    },
  };
}

export function encodeRuns<T extends string | number>(runs: readonly Run<T>[]): EncodedColumn {
  return encodeRunsAt(
    0,
    runs.length,
    (at) => (runs[at] as Run<T>).value,
    (at) => (runs[at] as Run<T>).rows,
  );
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
  for (const { value, rows } of runs) appendRun(levels, value, rows, 1);
  return levels.take();
}

function appendRun(to: Bytes, value: number, rows: number, bitWidth: number): void {
  to.varint(rows * 2);
  to.word(value, Math.ceil(bitWidth / 8));
}

function plainValues(values: Iterable<string | number>): Bytes {
  const bytes = new Bytes();
  for (const value of values) {
    if (typeof value === 'string') bytes.text(value);
    else bytes.word(value, 4);
  }
  return bytes;
}

/**
 * Strings are bounded by their bytes, as the format says. That is the order of UTF-16 units as well, which costs much less to compare,
 * unless there is a unit above the surrogates or one of them.
 */
function boundsOf<T extends string | number>(values: Iterable<T>): { min: T | undefined; max: T | undefined } {
  let min: T | undefined;
  let max: T | undefined;
  let isBelow: (a: T, b: T) => boolean = (a, b) => a < b;
  for (const value of values) {
    if (typeof value === 'string' && HIGH_UNITS.test(value)) isBelow = isBelowInBytes;
    if (min === undefined || isBelow(value, min)) min = value;
    if (max === undefined || isBelow(max, value)) max = value;
  }
  return { min, max };
}

const HIGH_UNITS = /[\ud800-\uffff]/;

function isBelowInBytes(a: string | number, b: string | number): boolean {
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b))) < 0;
}
