/** Rows as columns: milliseconds into the hour, and the low and high words of the values. */
export type RowBlock = { offsets: Uint32Array; bits: Uint32Array };

/**
 * Brings the rows [from, to) of one series into the order of time and bits, in place; rows equal in both stay once.
 * @returns the row behind the last one that is left
 */
export function sortAndDropRepeats(offsets: Uint32Array, bits: Uint32Array, from: number, to: number): number {
  sortRange(offsets, bits, from, to);
  let end = from;
  for (let row = from; row < to; row++) {
    const isRepeat =
      end > from && offsets[row] === offsets[end - 1] && bits[2 * row] === bits[2 * end - 2] && bits[2 * row + 1] === bits[2 * end - 1];
    if (isRepeat) continue;
    offsets[end] = offsets[row] as number;
    bits[2 * end] = bits[2 * row] as number;
    bits[2 * end + 1] = bits[2 * row + 1] as number;
    end++;
  }
  return end;
}

function sortRange(offsets: Uint32Array, bits: Uint32Array, from: number, to: number): void {
  const order = Uint32Array.from({ length: to - from }, (_, at) => from + at).sort(
    (a, b) =>
      (offsets[a] as number) - (offsets[b] as number) ||
      (bits[2 * a + 1] as number) - (bits[2 * b + 1] as number) ||
      (bits[2 * a] as number) - (bits[2 * b] as number),
  );
  const sortedOffsets = Uint32Array.from(order, (row) => offsets[row] as number);
  const sortedBits = new Uint32Array(2 * order.length);
  for (const [at, row] of order.entries()) {
    sortedBits[2 * at] = bits[2 * row] as number;
    sortedBits[2 * at + 1] = bits[2 * row + 1] as number;
  }
  offsets.set(sortedOffsets, from);
  bits.set(sortedBits, 2 * from);
}
