import type { Series } from '../decode/labels.ts';
import type { Piece } from '../hours/open-hours.ts';

/** Rows of one generation by series, in time order, exact duplicates gone. Series i owns rows [starts[i], starts[i + 1]). */
export type SortedRows = { series: Series[]; starts: Uint32Array; rows: number; offsets: Uint32Array; bits: Uint32Array };

/**
 * Sorts by (label columns, labels, series_id, time, value bits). The order depends on the rows alone, not on how they arrived: a
 * repeated seal makes the same bytes. Counting sort by rank, then a sort inside a series only where it is out of order.
 */
export function sortRows(pieces: readonly Piece[]): SortedRows {
  const { series, ranks } = rankSeries(pieces);
  const starts = countRows(pieces, ranks, series.length);
  const total = starts[series.length] as number;
  const offsets = new Uint32Array(total);
  const bits = new Uint32Array(2 * total);
  const next = starts.slice();
  for (const [at, { rows }] of pieces.entries()) {
    const rankOf = ranks[at] as Uint32Array;
    for (const chunk of rows.chunks) {
      for (let row = 0; row < chunk.rows; row++) {
        const rank = rankOf[chunk.series[row] as number] as number;
        const to = next[rank] as number;
        next[rank] = to + 1;
        offsets[to] = chunk.offsets[row] as number;
        bits[2 * to] = chunk.bits[2 * row] as number;
        bits[2 * to + 1] = chunk.bits[2 * row + 1] as number;
      }
    }
  }
  return dropDuplicates({ series, starts, rows: total, offsets, bits });
}

/** @returns the distinct series in file order, and for each piece the rank of its table's indexes */
function rankSeries(pieces: readonly Piece[]): { series: Series[]; ranks: Uint32Array[] } {
  const byId = new Map<string, Series>();
  const used = pieces.map(({ table, rows }) => {
    const isUsed = new Uint8Array(table.series.length);
    for (const chunk of rows.chunks) for (let row = 0; row < chunk.rows; row++) isUsed[chunk.series[row] as number] = 1;
    for (const [index, mark] of isUsed.entries()) {
      const series = table.series[index] as Series;
      if (mark === 1 && !byId.has(series.seriesId)) byId.set(series.seriesId, series);
    }
    return isUsed;
  });
  const series = [...byId.values()].sort(bySortKey);
  const rankById = new Map(series.map(({ seriesId }, rank) => [seriesId, rank]));
  const ranks = pieces.map(({ table }, at) => {
    const isUsed = used[at] as Uint8Array;
    return Uint32Array.from(isUsed, (mark, index) => (mark === 1 ? (rankById.get((table.series[index] as Series).seriesId) as number) : 0));
  });
  return { series, ranks };
}

function bySortKey(a: Series, b: Series): number {
  for (const [at, value] of a.columns.entries()) {
    const other = b.columns[at] as string;
    if (value !== other) return value < other ? -1 : 1;
  }
  if (a.haReplica !== b.haReplica) return a.haReplica < b.haReplica ? -1 : 1;
  if (a.labels !== b.labels) return a.labels < b.labels ? -1 : 1;
  return a.seriesId < b.seriesId ? -1 : a.seriesId > b.seriesId ? 1 : 0;
}

function countRows(pieces: readonly Piece[], ranks: readonly Uint32Array[], seriesCount: number): Uint32Array {
  const starts = new Uint32Array(seriesCount + 1);
  for (const [at, { rows }] of pieces.entries()) {
    const rankOf = ranks[at] as Uint32Array;
    for (const chunk of rows.chunks) {
      for (let row = 0; row < chunk.rows; row++) (starts[(rankOf[chunk.series[row] as number] as number) + 1] as number)++;
    }
  }
  for (let rank = 0; rank < seriesCount; rank++) starts[rank + 1] = (starts[rank + 1] as number) + (starts[rank] as number);
  return starts;
}

/** In place: time order inside each series, rows equal in time and bits once. */
function dropDuplicates(sorted: SortedRows): SortedRows {
  const { series, starts, offsets, bits } = sorted;
  let to = 0;
  for (let rank = 0; rank < series.length; rank++) {
    const from = starts[rank] as number;
    const end = starts[rank + 1] as number;
    if (!isOrdered(offsets, from, end)) sortRange(offsets, bits, from, end);
    starts[rank] = to;
    for (let row = from; row < end; row++) {
      const isRepeat =
        to > (starts[rank] as number) &&
        offsets[row] === offsets[to - 1] &&
        bits[2 * row] === bits[2 * to - 2] &&
        bits[2 * row + 1] === bits[2 * to - 1];
      if (isRepeat) continue;
      offsets[to] = offsets[row] as number;
      bits[2 * to] = bits[2 * row] as number;
      bits[2 * to + 1] = bits[2 * row + 1] as number;
      to++;
    }
  }
  starts[series.length] = to;
  return { ...sorted, rows: to };
}

/** Strictly rising times: nothing to sort, and no duplicate. */
function isOrdered(offsets: Uint32Array, from: number, end: number): boolean {
  for (let row = from + 1; row < end; row++) if ((offsets[row - 1] as number) >= (offsets[row] as number)) return false;
  return true;
}

function sortRange(offsets: Uint32Array, bits: Uint32Array, from: number, end: number): void {
  const order = Uint32Array.from({ length: end - from }, (_, at) => from + at).sort(
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
