import type { Batch } from '../decode/batch.ts';
import { PAGE_BYTES, type RowArena } from './row-arena.ts';
import { RowStreams, STATE_WORDS } from './row-streams.ts';

// Powers of two, so that a place is found by shifts.
const STATES_SHIFT = Math.log2(PAGE_BYTES / (4 * STATE_WORDS));
const IN_STATES = (1 << STATES_SHIFT) - 1;
const NUMBERS_SHIFT = Math.log2(PAGE_BYTES / 4);
const IN_NUMBERS = (1 << NUMBERS_SHIFT) - 1;

/** What each series had at one moment, as columns; rows that come later stand behind these in its stream. */
export type SeriesCounts = {
  /** Index into the series table. */
  series: Uint32Array;
  /** What `read` calls the stream. */
  streams: Uint32Array;
  rows: Uint32Array;
  /** 1 where every row is later than the one before. */
  isRising: Uint8Array;
};

/**
 * Rows of one hour, compressed as they come, a stream of its own for each series: a seal reads series after series in the order of the
 * file and never holds or sorts the hour as a whole. About 3 bytes a row and 100 a series, in pages of the arena.
 */
export class HourRows {
  rows = 0;
  readonly #arena: RowArena;
  readonly #streams: RowStreams;
  readonly #pages: number[] = [];
  /** By 1,024 series: the page with the numbers of their streams, 0 for none. */
  readonly #numberPages: number[] = [];
  /** By 128 streams: the page of their states. */
  readonly #statePages: number[] = [];
  #count = 0;

  constructor(arena: RowArena) {
    this.#arena = arena;
    this.#streams = new RowStreams(arena, this.#pages);
  }

  get bytes(): number {
    return this.#pages.length * PAGE_BYTES;
  }

  /** Takes the rows [from, to) of a batch, all of which lie in this hour. */
  push(batch: Pick<Batch, 'series' | 'timesMs' | 'bits'>, from: number, to: number, hourStartMs: number): void {
    this.#streams.appendAll(batch, from, to, hourStartMs, this.#stateOf);
    this.rows += to - from;
  }

  /** Every series that has rows now. */
  counts(): SeriesCounts {
    const columns = () => new Uint32Array(this.#count);
    const counts = { series: columns(), streams: columns(), rows: columns(), isRising: new Uint8Array(this.#count) };
    let at = 0;
    for (const [group, page] of this.#numberPages.entries()) {
      if (page !== 0) at = this.#countPage(counts, at, group << NUMBERS_SHIFT, page >> 2);
    }
    return counts;
  }

  /** Reads the first `rows` rows of a stream into offsets[at…] and bits[2 at…], in the order of their arrival. */
  read(stream: number, rows: number, offsets: Uint32Array, bits: Uint32Array, at: number): void {
    this.#streams.read(this.#stateAt(stream), rows, offsets, bits, at);
  }

  /** Gives the memory back; nothing may read it any more. */
  clear(): void {
    this.#arena.giveBack(this.#pages);
    this.#pages.length = this.#numberPages.length = this.#statePages.length = 0;
    this.rows = this.#count = 0;
    this.#streams.reset();
  }

  /** A function of its own, and not a method: the streams call it for every row. */
  readonly #stateOf = (series: number): number => {
    const at = series >> NUMBERS_SHIFT;
    while (this.#numberPages.length <= at) this.#numberPages.push(0);
    if (this.#numberPages[at] === 0) this.#numberPages[at] = this.#newPage();
    const place = ((this.#numberPages[at] as number) >> 2) + (series & IN_NUMBERS);
    const known = this.#arena.words[place] as number;
    return this.#stateAt(known === 0 ? this.#newStream(place) : known);
  };

  /** @returns the entry of `counts` behind those of the page, which begins with the number of series `first` */
  #countPage(counts: SeriesCounts, from: number, first: number, words: number): number {
    let at = from;
    for (let i = 0; i <= IN_NUMBERS; i++) {
      const stream = this.#arena.words[words + i] as number;
      if (stream === 0) continue;
      const state = this.#stateAt(stream);
      counts.series[at] = first + i;
      counts.streams[at] = stream;
      counts.rows[at] = this.#streams.rowsOf(state);
      counts.isRising[at] = this.#streams.isRising(state) ? 1 : 0;
      at++;
    }
    return at;
  }

  #stateAt(stream: number): number {
    const at = stream - 1;
    return ((this.#statePages[at >> STATES_SHIFT] as number) >> 2) + STATE_WORDS * (at & IN_STATES);
  }

  #newStream(place: number): number {
    if ((this.#count & IN_STATES) === 0) this.#statePages.push(this.#newPage());
    this.#count++;
    this.#arena.words[place] = this.#count;
    return this.#count;
  }

  #newPage(): number {
    const page = this.#arena.take();
    this.#pages.push(page);
    return page;
  }
}
