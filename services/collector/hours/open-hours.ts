import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import { HOUR_MS } from '@tallyship/shared/contracts/lake-key';
import type { Batch } from '../decode/batch.ts';
import type { SeriesTable } from '../decode/series-table.ts';
import type { Forgotten, Generations } from '../log/record.ts';
import { hourKey, parseHourKey } from './hour-key.ts';
import { HourRows } from './hour-rows.ts';
import { applyPacked, type PackedPiece, SAMPLE_BYTES } from './packed-pieces.ts';
import type { RowArena } from './row-arena.ts';

/** Rows whose series indexes point into one table. */
export type Piece = { table: SeriesTable; rows: HourRows };

/** One generation of one hour of one cluster: what becomes one `samples` and one `usage` file. */
export type Generation = {
  key: string;
  identity: ClusterIdentity;
  hourStartMs: number;
  generation: number;
  /** More than one only where a full series table was replaced while the hour was open. */
  pieces: Piece[];
  /** All tables that its rows point into. */
  tables: Set<SeriesTable>;
  /** Histograms and exemplars, by table as `pieces`. */
  packed: PackedPiece[];
  /** Samples, and histograms and exemplars as so many samples as take their memory. */
  rows: number;
  openedAtMs: number;
  /** The log must be kept from here on until this generation is sealed. */
  firstSegment: number;
  isCut: boolean;
  /** When it was cut; no two cuts of a target have the same time. */
  cutAtMs: number;
  /** To be sealed at the next chance, because memory is short. */
  isUrgent: boolean;
};

/**
 * The samples of one target that are not sealed yet. Its state changes by log records alone (`apply`, `cut`, `sealed`), in their order: so a
 * restart that replays the log finds the same generations with the same rows, and a repeated seal makes the same bytes.
 */
export class OpenHours {
  /** Every generation that is not sealed, oldest first. */
  readonly generations = new Set<Generation>();
  /** Rows in all of them. */
  rows = 0;
  /** Memory of all of them. */
  bytes = 0;
  readonly #arena: RowArena;
  readonly #current = new Map<string, number>();
  readonly #open = new Map<string, Generation>();
  /** How many generations hold a series table. */
  readonly #holders = new Map<SeriesTable, number>();
  #forgotten: Forgotten = { beforeMs: 0, generation: 0 };
  #lastCutMs = 0;

  /** @param arena where the rows are held; other open hours may share it */
  constructor(arena: RowArena) {
    this.#arena = arena;
  }

  apply(batch: Batch, identity: ClusterIdentity, receivedAtMs: number, segment: number): void {
    const { rows, timesMs, table } = batch;
    for (let from = 0, to = 0; from < rows; from = to) {
      const hourStartMs = Math.floor((timesMs[from] as number) / HOUR_MS) * HOUR_MS;
      for (to = from + 1; to < rows && (timesMs[to] as number) >= hourStartMs && (timesMs[to] as number) < hourStartMs + HOUR_MS; ) to++;
      const hour = this.#openHour(identity, hourStartMs, receivedAtMs, segment);
      this.#hold(hour, table);
      const into = this.#pieceOf(hour, table).rows;
      const before = into.bytes;
      into.push(batch, from, to, hourStartMs);
      this.bytes += into.bytes - before;
      hour.rows += to - from;
    }
    const packed = applyPacked(batch, (startMs) => this.#hold(this.#openHour(identity, startMs, receivedAtMs, segment), table));
    this.rows += rows + packed;
    this.bytes += packed * SAMPLE_BYTES;
  }

  /** Rows that come from now on belong to the next generation. A cut that was made before changes nothing. */
  cut(key: string, generation: number, atMs: number): void {
    this.#lastCutMs = Math.max(this.#lastCutMs, atMs);
    if (this.currentOf(key) !== generation) return;
    this.#current.set(key, generation + 1);
    const hour = this.#open.get(key);
    this.#open.delete(key);
    if (hour) [hour.isCut, hour.cutAtMs] = [true, atMs];
  }

  /** The time for a cut that is made now: later than every earlier one, so that it can name a file. */
  nextCutMs(nowMs: number): number {
    return Math.max(nowMs, this.#lastCutMs + 1);
  }

  /** Asks for a seal ahead of time: of all open hours, or of the one that frees the most memory. */
  sealEarly(which: 'all' | 'largest'): void {
    const open = [...this.generations].filter(({ isCut }) => !isCut).sort((a, b) => bytesOf(b) - bytesOf(a));
    for (const hour of which === 'all' ? open : open.slice(0, 1)) hour.isUrgent = true;
  }

  sealed(key: string, generation: number): void {
    for (const hour of this.generations) {
      if (hour.key !== key || hour.generation !== generation) continue;
      this.generations.delete(hour);
      this.rows -= hour.rows;
      this.bytes -= bytesOf(hour);
      for (const { rows } of hour.pieces) rows.clear();
      for (const table of hour.tables) this.#release(table);
    }
  }

  currentOf(key: string): number {
    const { beforeMs, generation } = this.#forgotten;
    return this.#current.get(key) ?? (endMsOf(key) <= beforeMs ? generation : 0);
  }

  /** The series tables that all of this points into. */
  get tables(): Iterable<SeriesTable> {
    return this.#holders.keys();
  }

  /** First segment that a restart would need; Infinity when everything is sealed. */
  get firstNeededSegment(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { firstSegment } of this.generations) first = Math.min(first, firstSegment);
    return first;
  }

  /**
   * The counters for a checkpoint. Those of hours that ended by `forgetBeforeMs` and are not open are forgotten, which takes effect with this
   * checkpoint: it must be the next record of the log. What comes for such an hour later, because the settings or the clock changed, goes to a
   * generation that it never had: a file is never written over with other rows.
   */
  checkpoint(forgetBeforeMs: number): { generations: Generations; forgotten: Forgotten } {
    const past = [...this.#current].filter(([key]) => endMsOf(key) <= forgetBeforeMs && !this.#open.has(key));
    for (const [key, generation] of past) {
      this.#current.delete(key);
      const { beforeMs, generation: reached } = this.#forgotten;
      this.#forgotten = { beforeMs: Math.max(beforeMs, forgetBeforeMs), generation: Math.max(reached, generation + 1) };
    }
    // Rises in any case: by this a replay sees that something was forgotten.
    if (past.length > 0) this.#forgotten = { ...this.#forgotten, generation: this.#forgotten.generation + 1 };
    return { generations: Object.fromEntries(this.#current), forgotten: this.#forgotten };
  }

  /** Takes up a checkpoint where it stands in the log: what it forgot since the last one is forgotten here. */
  restore(generations: Generations, forgotten: Forgotten = this.#forgotten): void {
    for (const [key, generation] of Object.entries(generations)) this.#current.set(key, Math.max(generation, this.currentOf(key)));
    if (forgotten.generation <= this.#forgotten.generation) return;
    for (const key of this.#current.keys()) if (endMsOf(key) <= forgotten.beforeMs && !(key in generations)) this.#current.delete(key);
    this.#forgotten = forgotten;
  }

  #openHour(identity: ClusterIdentity, hourStartMs: number, openedAtMs: number, firstSegment: number): Generation {
    const key = hourKey(identity, hourStartMs);
    const open = this.#open.get(key);
    if (open) return open;
    const generation = this.currentOf(key);
    const hour: Generation = {
      key,
      identity,
      hourStartMs,
      generation,
      pieces: [],
      tables: new Set(),
      packed: [],
      rows: 0,
      openedAtMs,
      firstSegment,
      isCut: false,
      cutAtMs: 0,
      isUrgent: false,
    };
    this.#current.set(key, generation);
    this.#open.set(key, hour);
    this.generations.add(hour);
    return hour;
  }

  #hold(hour: Generation, table: SeriesTable): Generation {
    if (!hour.tables.has(table)) this.#holders.set(table, (this.#holders.get(table) ?? 0) + 1);
    hour.tables.add(table);
    return hour;
  }

  #release(table: SeriesTable): void {
    const holders = (this.#holders.get(table) as number) - 1;
    if (holders > 0) this.#holders.set(table, holders);
    else this.#holders.delete(table);
  }

  #pieceOf(hour: Generation, table: SeriesTable): Piece {
    const last = hour.pieces.at(-1);
    if (last?.table === table) return last;
    const piece = { table, rows: new HourRows(this.#arena) };
    hour.pieces.push(piece);
    return piece;
  }
}

function endMsOf(key: string): number {
  return parseHourKey(key).hourStartMs + HOUR_MS;
}

function bytesOf({ pieces, rows }: Generation): number {
  let [bytes, samples] = [0, 0];
  for (const piece of pieces) {
    bytes += piece.rows.bytes;
    samples += piece.rows.rows;
  }
  return bytes + (rows - samples) * SAMPLE_BYTES;
}
