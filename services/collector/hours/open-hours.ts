import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import { HOUR_MS } from '@tallyship/shared/contracts/lake-key';
import type { Batch } from '../decode/batch.ts';
import type { SeriesTable } from '../decode/series-table.ts';
import type { Generations } from '../log/record.ts';
import { hourKey, parseHourKey } from './hour-key.ts';
import { HourRows } from './hour-rows.ts';
import { applyPacked, type PackedPiece } from './packed-pieces.ts';

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
  readonly #current = new Map<string, number>();
  readonly #open = new Map<string, Generation>();
  #lastCutMs = 0;

  apply(batch: Batch, identity: ClusterIdentity, receivedAtMs: number, segment: number): void {
    const { rows, series, timesMs, bits, table } = batch;
    let hourStartMs = -1;
    let hour: Generation | undefined;
    let into: HourRows | undefined;
    for (let row = 0; row < rows; row++) {
      const timeMs = timesMs[row] as number;
      if (!into || timeMs < hourStartMs || timeMs >= hourStartMs + HOUR_MS) {
        hourStartMs = Math.floor(timeMs / HOUR_MS) * HOUR_MS;
        hour = this.#openHour(identity, hourStartMs, receivedAtMs, segment);
        into = pieceOf(hour, table).rows;
      }
      (hour as Generation).rows++;
      into.push(series[row] as number, timeMs - hourStartMs, bits[2 * row] as number, bits[2 * row + 1] as number);
    }
    this.rows += rows + applyPacked(batch, (startMs) => this.#openHour(identity, startMs, receivedAtMs, segment));
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
    const open = [...this.generations].filter(({ isCut }) => !isCut).sort((a, b) => b.rows - a.rows);
    for (const hour of which === 'all' ? open : open.slice(0, 1)) hour.isUrgent = true;
  }

  sealed(key: string, generation: number): void {
    for (const hour of this.generations) {
      if (hour.key !== key || hour.generation !== generation) continue;
      this.generations.delete(hour);
      this.rows -= hour.rows;
    }
  }

  currentOf(key: string): number {
    return this.#current.get(key) ?? 0;
  }

  /** First segment that a restart would need; Infinity when everything is sealed. */
  get firstNeededSegment(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { firstSegment } of this.generations) first = Math.min(first, firstSegment);
    return first;
  }

  /** The counters for a checkpoint. Hours that ended before `forgetBeforeMs` can take no more samples and are left out. */
  checkpoint(forgetBeforeMs: number): Generations {
    for (const key of this.#current.keys()) {
      if (parseHourKey(key).hourStartMs + HOUR_MS < forgetBeforeMs && !this.#open.has(key)) this.#current.delete(key);
    }
    return Object.fromEntries(this.#current);
  }

  restore(generations: Generations): void {
    for (const [key, generation] of Object.entries(generations)) this.#current.set(key, Math.max(generation, this.currentOf(key)));
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
}

function pieceOf(hour: Generation, table: SeriesTable): Piece {
  const last = hour.pieces.at(-1);
  if (last?.table === table) return last;
  const piece = { table, rows: new HourRows() };
  hour.pieces.push(piece);
  return piece;
}
