import { Bytes } from './bytes.ts';
import type { EncodedColumn } from './parquet-file.ts';

/** A value that holds for a run of rows: what a label column is made of, once rows are sorted by series. */
export type Run<T> = { value: T; rows: number };

/** As `encodeValues`; a run of no rows is left out. */
export function encodeRuns<T extends string | number>(runs: readonly Run<T>[]): EncodedColumn {
  const some = runs.filter(({ rows }) => rows > 0);
  return encodeValues(
    some.map(({ value }) => value),
    Uint32Array.from(some, ({ rows }) => rows),
  );
}

/**
 * Dictionary and one RLE run per run of equal values: the cost is per series, not per row.
 * Encoding: Parquet, "RLE / bit-packing hybrid", RLE runs only.
 * @param rows how many rows each value holds for, at least one
 */
export function encodeValues<T extends string | number>(values: readonly T[], rows: Uint32Array): EncodedColumn {
  const [known, indexes] = [new Map<T, number>(), new Uint32Array(values.length)];
  indexValues(values, known, indexes);
  return dictionaryColumn([...known.keys()], indexes, rows);
}

/** The same for values of which no two are equal. */
export function encodeDistinctValues<T extends string | number>(values: readonly T[], rows: Uint32Array): EncodedColumn {
  return dictionaryColumn(
    values,
    rows.map((_, at) => at),
    rows,
  );
}

/** Definition levels of a nullable column: 1 where a value stands, 0 where NULL does. */
export function encodeLevels(isPresent: Uint8Array): Uint8Array {
  const runs: Run<number>[] = [];
  for (let from = 0, end = 0; from < isPresent.length; from = end) {
    const level = isPresent[from] as number;
    end = isPresent.indexOf(1 - level, from);
    if (end < 0) end = isPresent.length;
    runs.push({ value: level, rows: end - from });
  }
  return encodeLevelRuns(runs);
}

export function encodeLevelRuns(runs: readonly Run<number>[]): Uint8Array {
  const levels = new Bytes();
  for (const { value, rows } of runs) appendRun(levels, value, rows, 1);
  const bytes = Uint8Array.from(levels.take());
  levels.release();
  return bytes;
}

function dictionaryColumn(distinct: readonly (string | number)[], indexes: Uint32Array, rows: Uint32Array): EncodedColumn {
  const bitWidth = 32 - Math.clz32(distinct.length - 1);
  const [values, dictionary] = [new Bytes(), new Bytes()];
  values.byte(bitWidth);
  appendRuns(values, indexes, rows, bitWidth);
  const areTexts = typeof distinct[0] === 'string';
  if (areTexts) dictionary.texts(distinct as readonly string[]);
  else dictionary.raw(new Uint8Array(Int32Array.from(distinct as readonly number[]).buffer));
  return {
    encoding: 'RLE_DICTIONARY',
    values: values.take(),
    nulls: 0,
    dictionary: { bytes: dictionary.take(), count: distinct.length },
    ...(areTexts ? textBounds(distinct as readonly string[]) : boundsOf(distinct as readonly number[], (a, b) => a < b)),
    release: () => {
      values.release();
      dictionary.release();
    },
  };
}

// Loops stand alone and have nothing behind them: what the engine makes of a loop while it runs is small, and is not thrown away at its end.

/** @param indexes gets the place of each value among the distinct ones */
function indexValues<T>(values: readonly T[], known: Map<T, number>, indexes: Uint32Array): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as T;
    let index = at > 0 && value === values[at - 1] ? indexes[at - 1] : known.get(value);
    if (index === undefined) {
      index = known.size;
      known.set(value, index);
    }
    indexes[at] = index;
  }
}

function appendRuns(to: Bytes, indexes: Uint32Array, rows: Uint32Array, bitWidth: number): void {
  let rowsOfRun = 0;
  for (let at = 0; at < indexes.length; at++) {
    rowsOfRun += rows[at] as number;
    if (at + 1 < indexes.length && indexes[at] === indexes[at + 1]) continue;
    appendRun(to, indexes[at] as number, rowsOfRun, bitWidth);
    rowsOfRun = 0;
  }
}

function appendRun(to: Bytes, value: number, rows: number, bitWidth: number): void {
  to.varint(rows * 2);
  to.word(value, (bitWidth + 7) >> 3);
}

/**
 * Strings are bounded by their bytes, as the format says. That is the order of UTF-16 units as well, which costs much less to compare,
 * unless there is a unit above the surrogates or one of them.
 */
function textBounds(values: readonly string[]): { min: string | undefined; max: string | undefined } {
  const isAnyHigh = values.some((value) => HIGH_UNITS.test(value));
  return isAnyHigh ? boundsOf(values, isBelowInBytes) : boundsOf(values, (a, b) => a < b);
}

const HIGH_UNITS = /[\ud800-\uffff]/;

function isBelowInBytes(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

function boundsOf<T>(values: readonly T[], isBelow: (a: T, b: T) => boolean): { min: T | undefined; max: T | undefined } {
  let [min, max] = [values[0], values[0]];
  for (const value of values) {
    if (isBelow(value, min as T)) min = value;
    if (isBelow(max as T, value)) max = value;
  }
  return { min, max };
}
