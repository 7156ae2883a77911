import type { Series } from '../decode/labels.ts';
import { compareSeries, type SeriesStore } from '../decode/series-store.ts';
import type { SeriesCounts } from '../hours/hour-rows.ts';
import type { Piece } from '../hours/open-hours.ts';
import { type RowBlock, sortAndDropRepeats } from './row-block.ts';

/**
 * Rows of one generation by series, in time order, exact duplicates gone. They stay compressed and are read as they are needed: a file is
 * written in the memory of a row group, not in that of an hour.
 */
export type SortedRows = {
  /** How many series there are; a series is known by its rank in the file from here on. */
  count: number;
  seriesAt(rank: number): Series;
  /** @param text number of a label column, HA_REPLICA_TEXT or LABELS_TEXT */
  textAt(rank: number, text: number): string;
  idAt(rank: number): string;
  /** Series i owns the rows [starts[i], starts[i + 1]). */
  starts: Uint32Array;
  rows: number;
  /** Rows of the series [from, to), row starts[from] first; valid until the next `read`. */
  read(from: number, to: number): RowBlock;
};

/** Counted without a pause. */
const BLOCK_SERIES = 4096;

/** What one piece has of one series: the piece's number, and where it stands in its counts. Numbered through all pieces. */
type Sources = { pieces: readonly Piece[]; counts: SeriesCounts[]; pieceOf: Uint16Array; at: Uint32Array };

/**
 * Sorts by (label columns, labels, series_id, time, value bits). The order depends on the rows alone, not on how they arrived: a
 * repeated seal makes the same bytes. What comes to the pieces later is not in it.
 * @param pause awaited now and then, so that requests are answered meanwhile
 */
export async function sortRows(pieces: readonly Piece[], pause: () => Promise<void>): Promise<SortedRows> {
  const sources = sourcesOf(pieces);
  const order = await sortSources(sources, pause);
  const reader = new RankedReader(sources, order);
  const { count } = reader;
  const starts = new Uint32Array(count + 1);
  for (let from = 0; from < count; from += BLOCK_SERIES) {
    reader.addStarts(starts, from, Math.min(from + BLOCK_SERIES, count));
    await pause();
  }
  return {
    count,
    seriesAt: (rank) => reader.storeOf(rank).at(reader.indexOf(rank)),
    textAt: (rank, text) => reader.storeOf(rank).textAt(reader.indexOf(rank), text),
    idAt: (rank) => reader.storeOf(rank).idAt(reader.indexOf(rank)),
    starts,
    rows: starts[count] as number,
    read: (from, to) => reader.read(from, to, (starts[to] as number) - (starts[from] as number)),
  };
}

/** What `textAt` says of the series [from, to). */
export function textsOf({ textAt }: SortedRows, from: number, to: number, text: number): string[] {
  const texts = new Array<string>(to - from);
  for (let rank = from; rank < to; rank++) texts[rank - from] = textAt(rank, text);
  return texts;
}

export function idsOf({ idAt }: SortedRows, from: number, to: number): string[] {
  const ids = new Array<string>(to - from);
  for (let rank = from; rank < to; rank++) ids[rank - from] = idAt(rank);
  return ids;
}

/** All pieces as they are at one moment. */
function sourcesOf(pieces: readonly Piece[]): Sources {
  const counts = pieces.map(({ rows }) => rows.counts());
  const total = counts.reduce((sum, { series }) => sum + series.length, 0);
  const [pieceOf, at] = [new Uint16Array(total), new Uint32Array(total)];
  let first = 0;
  for (const [piece, { series }] of counts.entries()) {
    pieceOf.fill(piece, first, first + series.length);
    at.set(
      series.map((_, i) => i),
      first,
    );
    first += series.length;
  }
  return { pieces, counts, pieceOf, at };
}

function storeOf({ pieces, pieceOf }: Sources, source: number): SeriesStore {
  return (pieces[pieceOf[source] as number] as Piece).table.store;
}

/** Index in that store. */
function indexOf({ counts, pieceOf, at }: Sources, source: number): number {
  return (counts[pieceOf[source] as number] as SeriesCounts).series[at[source] as number] as number;
}

function compareSources(sources: Sources, a: number, b: number): number {
  return compareSeries(storeOf(sources, a), indexOf(sources, a), storeOf(sources, b), indexOf(sources, b));
}

/** A piece has a series once. */
function areOfOneSeries(sources: Sources, a: number, b: number): boolean {
  return sources.pieceOf[a] !== sources.pieceOf[b] && compareSources(sources, a, b) === 0;
}

/** Metric by metric, with a pause after each. @returns the sources in file order; those of one series stand together */
async function sortSources(sources: Sources, pause: () => Promise<void>): Promise<Uint32Array> {
  const groups = new Map<string, number[]>();
  groupByMetric(sources, groups);
  await pause();
  const order = new Uint32Array(sources.at.length);
  let start = 0;
  for (const metric of [...groups.keys()].sort()) {
    const group = groups.get(metric) as number[];
    order.set(
      group.sort((a, b) => compareSources(sources, a, b) || a - b),
      start,
    );
    start += group.length;
    await pause();
  }
  return order;
}

function groupByMetric(sources: Sources, groups: Map<string, number[]>): void {
  for (let source = 0; source < sources.at.length; source++) {
    const metric = storeOf(sources, source).textAt(indexOf(sources, source), 0);
    const group = groups.get(metric);
    if (group) group.push(source);
    else groups.set(metric, [source]);
  }
}

/** Reads series by their rank in the file. */
class RankedReader {
  readonly count: number;
  readonly #sources: Sources;
  readonly #order: Uint32Array;
  /** Rank i owns the sources order[firsts[i]] up to order[firsts[i + 1]]: one, unless a series stands in several pieces. */
  readonly #firsts: number[] = [];
  #offsets = new Uint32Array(0);
  #bits = new Uint32Array(0);

  constructor(sources: Sources, order: Uint32Array) {
    this.#sources = sources;
    this.#order = order;
    for (let at = 0; at < order.length; at++) {
      if (at === 0 || !areOfOneSeries(sources, order[at - 1] as number, order[at] as number)) this.#firsts.push(at);
    }
    this.count = this.#firsts.length;
    this.#firsts.push(order.length);
  }

  storeOf(rank: number): SeriesStore {
    return storeOf(this.#sources, this.#order[this.#firsts[rank] as number] as number);
  }

  /** Index of a series in its store. */
  indexOf(rank: number): number {
    return indexOf(this.#sources, this.#order[this.#firsts[rank] as number] as number);
  }

  /** Counts the rows of the series [from, to), without repeats: they are read only where there can be any. */
  addStarts(starts: Uint32Array, from: number, to: number): void {
    for (let rank = from; rank < to; rank++) {
      const rows = this.#rowsInOrder(rank);
      starts[rank + 1] = (starts[rank] as number) + (rows >= 0 ? rows : this.#append(rank, 0));
    }
  }

  read(from: number, to: number, rows: number): RowBlock {
    this.#makeRoom(rows);
    let end = 0;
    for (let rank = from; rank < to; rank++) end = this.#append(rank, end);
    return { offsets: this.#offsets.subarray(0, end), bits: this.#bits.subarray(0, 2 * end) };
  }

  /** Writes a series' rows from row `to` on. @returns the row behind them */
  #append(rank: number, to: number): number {
    const { pieces, counts, pieceOf, at } = this.#sources;
    let end = to;
    for (let i = this.#firsts[rank] as number; i < (this.#firsts[rank + 1] as number); i++) {
      const source = this.#order[i] as number;
      const piece = pieceOf[source] as number;
      const { streams, rows } = counts[piece] as SeriesCounts;
      const count = rows[at[source] as number] as number;
      this.#makeRoom(end + count);
      (pieces[piece] as Piece).rows.read(streams[at[source] as number] as number, count, this.#offsets, this.#bits, end);
      end += count;
    }
    return this.#rowsInOrder(rank) >= 0 ? end : sortAndDropRepeats(this.#offsets, this.#bits, to, end);
  }

  /** @returns how many there are, or -1 when they may have to be sorted */
  #rowsInOrder(rank: number): number {
    const first = this.#firsts[rank] as number;
    if (this.#firsts[rank + 1] !== first + 1) return -1;
    const { counts, pieceOf, at } = this.#sources;
    const source = this.#order[first] as number;
    const { rows, isRising } = counts[pieceOf[source] as number] as SeriesCounts;
    return isRising[at[source] as number] === 1 ? (rows[at[source] as number] as number) : -1;
  }

  #makeRoom(rows: number): void {
    if (rows <= this.#offsets.length) return;
    const size = Math.max(rows, 2 * this.#offsets.length);
    const [offsets, bits] = [new Uint32Array(size), new Uint32Array(2 * size)];
    offsets.set(this.#offsets);
    bits.set(this.#bits);
    [this.#offsets, this.#bits] = [offsets, bits];
  }
}
