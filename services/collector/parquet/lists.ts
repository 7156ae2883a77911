import type { EncodedColumn } from './parquet-file.ts';
import { encodeLevels } from './runs.ts';

/**
 * Lists of fixed-width elements as PLAIN, copied bit by bit. An empty list has an entry without a value.
 * @param elements little-endian elements of all lists, one after another
 * @param lengths elements of each list
 */
export function encodeLists(elements: Uint8Array, lengths: readonly number[]): EncodedColumn {
  const entries = lengths.reduce((sum, length) => sum + Math.max(1, length), 0);
  const isElement = new Uint8Array(entries).fill(1);
  const isFurther = new Uint8Array(entries).fill(1);
  let at = 0;
  for (const length of lengths) {
    isFurther[at] = 0;
    if (length === 0) isElement[at] = 0;
    at += Math.max(1, length);
  }
  return {
    encoding: 'PLAIN',
    values: elements,
    definitionLevels: encodeLevels(isElement),
    repetitionLevels: encodeLevels(isFurther),
    entries,
    nulls: lengths.filter((length) => length === 0).length,
    min: undefined,
    max: undefined,
  };
}
