import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Table } from '@tallyship/shared/contracts/columns';
import { lakeKey } from '@tallyship/shared/contracts/lake-key';
import { type ByteSink, writeDurable } from '@tallyship/shared/storage/durable-file';
import type { Generation, OpenHours } from '../hours/open-hours.ts';
import type { SegmentLog } from '../log/segment-log.ts';
import { planSeals, type SealPlan, type SealTimes } from './plan-seals.ts';
import { type SortedRows, sortRows } from './sort-rows.ts';
import { writeSamples } from './write-samples.ts';
import { writeUsage } from './write-usage.ts';

export type SealerOptions = SealTimes & {
  /** Folder that the files of the target `lake` go to, under their lake keys. */
  outputDir: string;
  replica: string;
  zstdLevel: number;
  dedupeWindowMs: number;
  maxOpenRows: number;
  now: () => number;
  onSealed: (generation: Generation, rows: number) => void;
  onError: (error: Error) => void;
};

/**
 * Turns generations into files of the lake, one at a time. The order that a crash cannot hurt: the cut is durable, then `samples` is
 * visible, then the final `usage`, then the log says sealed; stopped anywhere, the next start does the rest again with the same bytes.
 */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #hours: OpenHours;
  readonly #log: SegmentLog;
  readonly #refreshed = new WeakMap<Generation, { atMs: number; rows: number }>();
  #running: Promise<void> = Promise.resolve();
  #isBusy = false;
  #timer: NodeJS.Timeout | undefined;
  /** The first fault of the last round; absent when all of it succeeded. */
  fault: Error | undefined;

  constructor(options: SealerOptions, hours: OpenHours, log: SegmentLog) {
    this.#options = options;
    this.#hours = hours;
    this.#log = log;
  }

  /** Looks for due work every `tickMs` until `stop`. */
  start(tickMs: number): void {
    this.#timer = setInterval(() => !this.#isBusy && void this.sealDue(), tickMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Seals what is due and rewrites the usage parts that are; calls in between wait for their turn. */
  sealDue(): Promise<void> {
    return this.#enqueue(() => {
      const { now } = this.#options;
      return planSeals(this.#hours.generations, now(), this.#options, (generation) => this.#refreshed.get(generation)?.atMs ?? 0);
    });
  }

  /**
   * Keeps the samples in memory near `maxOpenRows`: above it the largest hour is sealed at once, and at twice as many the caller
   * waits for that, so that senders slow down to the pace of the disk instead of being refused.
   * @returns false when sealing does not bring it down either: no more can be taken for now
   */
  async relieve(): Promise<boolean> {
    const { maxOpenRows } = this.#options;
    if (this.#hours.rows <= maxOpenRows) return true;
    if (!this.#isBusy) {
      this.#hours.sealEarly('largest');
      void this.sealDue();
    }
    if (this.#hours.rows > 2 * maxOpenRows) await this.#running;
    return this.#hours.rows <= 3 * maxOpenRows;
  }

  /** Seals everything that is open now. @throws the first fault; what could be sealed is sealed all the same */
  async sealAll(): Promise<void> {
    await this.#enqueue(() => ({ seal: [...this.#hours.generations], refresh: [] }));
    if (this.fault) throw this.fault;
  }

  #enqueue(plan: () => SealPlan): Promise<void> {
    this.#running = this.#running.then(() => this.#carryOut(plan()));
    return this.#running;
  }

  async #carryOut({ seal, refresh }: SealPlan): Promise<void> {
    this.#isBusy = true;
    const faults: Error[] = [];
    for (const generation of seal) await this.#attempt(faults, () => this.#seal(generation));
    for (const generation of refresh) await this.#attempt(faults, () => this.#refresh(generation));
    if (this.#log.fault) await this.#log.probe().catch(() => undefined);
    const { now, dedupeWindowMs } = this.#options;
    await this.#attempt(faults, () => this.#log.purge(this.#hours.firstNeededSegment, now() - dedupeWindowMs));
    this.fault = faults[0];
    this.#isBusy = false;
  }

  /** One generation that cannot be sealed does not keep the others waiting; it is tried again at the next tick. */
  async #attempt(faults: Error[], work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      faults.push(error as Error);
      this.#options.onError(error as Error);
    }
  }

  async #seal(generation: Generation): Promise<void> {
    const { key, generation: number } = generation;
    if (!generation.isCut) {
      await this.#log.append({ kind: 'cut', hour: key, generation: number }, undefined, () => this.#hours.cut(key, number));
    }
    const sorted = sortRows(generation.pieces);
    await this.#write('samples', generation, (sink) => writeSamples(sorted, generation.hourStartMs, sink, this.#writeOptions));
    await this.#writeUsage(generation, sorted);
    await this.#log.append({ kind: 'sealed', hour: key, generation: number }, undefined, () => this.#hours.sealed(key, number));
    this.#options.onSealed(generation, sorted.rows);
  }

  async #refresh(generation: Generation): Promise<void> {
    const { rows } = generation;
    const isUnchanged = this.#refreshed.get(generation)?.rows === rows;
    if (!isUnchanged) await this.#writeUsage(generation, sortRows(generation.pieces));
    this.#refreshed.set(generation, { atMs: this.#options.now(), rows });
  }

  #writeUsage(generation: Generation, sorted: SortedRows): Promise<void> {
    return this.#write('usage', generation, (sink) => writeUsage(sorted, generation.hourStartMs, sink, this.#writeOptions));
  }

  #write(table: Table, generation: Generation, write: (sink: ByteSink) => Promise<void>): Promise<void> {
    const { outputDir, replica } = this.#options;
    const { identity, hourStartMs, generation: number } = generation;
    return writeDurable(join(outputDir, lakeKey({ ...identity, table, hourStartMs, replica, generation: number })), write);
  }

  get #writeOptions() {
    return { zstdLevel: this.#options.zstdLevel, pause: () => setImmediate() as Promise<void> };
  }
}
