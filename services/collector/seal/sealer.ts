import { type ByteSink, writeDurable } from '@tallyship/shared/storage/durable-file';
import type { Generation, OpenHours } from '../hours/open-hours.ts';
import type { TargetName } from '../log/record.ts';
import type { SegmentLog } from '../log/segment-log.ts';
import { dueAtMs, planSeals, type SealPlan, type SealTimes } from './plan-seals.ts';
import { type SortedRows, sortRows } from './sort-rows.ts';

/** A file of a generation: where it goes, and how its rows are written. Without `hasRows` it is written in any case. */
export type SealedFile = {
  path: string;
  hasRows?: (sorted: SortedRows) => boolean;
  write: (sorted: SortedRows, sink: ByteSink) => Promise<void>;
};

/** What a target makes of a generation: its files when it is sealed, in the order they become visible, and while it is running. */
export type FileWriter = { final(generation: Generation): SealedFile[]; running(generation: Generation): SealedFile[] };

export type SealerOptions = SealTimes & {
  target: TargetName;
  maxOpenBytes: number;
  now: () => number;
  /** Awaited within long work, so that requests are answered meanwhile. */
  pause: () => Promise<void>;
  /** Called after every round, whether something was sealed or not. */
  onRound: () => Promise<void>;
  onSealed: (generation: Generation, rows: number) => void;
  onError: (error: Error) => void;
};

/**
 * Turns the generations of one target into files, one at a time. The order that a crash cannot hurt: the cut is durable, then the
 * files are visible, then the log says sealed; stopped anywhere, the next start does the rest again with the same bytes.
 */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #files: FileWriter;
  readonly #hours: OpenHours;
  readonly #log: SegmentLog;
  readonly #refreshed = new WeakMap<Generation, { atMs: number; rows: number }>();
  #running: Promise<void> = Promise.resolve();
  /** Rounds that run or wait. */
  #rounds = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The first fault of the last round; absent when all of it succeeded. */
  fault: Error | undefined;

  constructor(options: SealerOptions, files: FileWriter, hours: OpenHours, log: SegmentLog) {
    this.#options = options;
    this.#files = files;
    this.#hours = hours;
    this.#log = log;
  }

  /** Looks for due work every `tickMs` until `stop`. */
  start(tickMs: number): void {
    this.#timer = setInterval(() => this.#rounds === 0 && void this.sealDue(), tickMs);
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
   * Keeps the memory of open hours near `maxOpenBytes`: above it the largest hour is sealed at once, and at twice as many the caller
   * waits for that, so that senders slow down to the pace of the disk instead of being refused.
   * @returns false when sealing does not bring it down either: no more can be taken for now
   */
  async relieve(): Promise<boolean> {
    const { maxOpenBytes } = this.#options;
    if (this.#hours.bytes <= maxOpenBytes) return true;
    if (this.#rounds === 0) {
      this.#hours.sealEarly('largest');
      void this.sealDue();
    }
    if (this.#hours.bytes > 2 * maxOpenBytes) await this.#running;
    return this.#hours.bytes <= 3 * maxOpenBytes;
  }

  /** Begins to seal everything that is open, unless something is being sealed: then it is asked again. */
  hurry(): void {
    if (this.#rounds > 0) return;
    this.#hours.sealEarly('all');
    void this.sealDue();
  }

  /** How long the most overdue generation has been waiting; 0 when none is. */
  latenessMs(): number {
    const nowMs = this.#options.now();
    const due = [...this.#hours.generations].map((generation) => dueAtMs({ ...generation, isCut: false, isUrgent: false }, this.#options));
    return nowMs - Math.min(nowMs, ...due);
  }

  /** Seals everything that is open now. @throws the first fault; what could be sealed is sealed all the same */
  async sealAll(): Promise<void> {
    await this.#enqueue(() => ({ seal: [...this.#hours.generations], refresh: [] }));
    if (this.fault) throw this.fault;
  }

  #enqueue(plan: () => SealPlan): Promise<void> {
    this.#rounds++;
    this.#running = this.#running.then(() => this.#carryOut(plan()));
    return this.#running;
  }

  async #carryOut({ seal, refresh }: SealPlan): Promise<void> {
    const faults: Error[] = [];
    for (const generation of seal) await this.#attempt(faults, () => this.#seal(generation));
    for (const generation of refresh) await this.#attempt(faults, () => this.#refresh(generation));
    await this.#attempt(faults, () => this.#options.onRound());
    this.fault = faults[0];
    this.#rounds--;
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
    const { target, now } = this.#options;
    if (!generation.isCut) {
      const atMs = this.#hours.nextCutMs(now());
      const cut = { kind: 'cut', target, hour: key, generation: number, atMs } as const;
      await this.#log.append(cut, undefined, () => this.#hours.cut(key, number, atMs));
    }
    const sorted = await sortRows(generation.pieces, this.#options.pause);
    await this.#write(this.#files.final(generation), sorted);
    const sealed = { kind: 'sealed', target, hour: key, generation: number } as const;
    await this.#log.append(sealed, undefined, () => this.#hours.sealed(key, number));
    this.#options.onSealed(generation, sorted.rows);
  }

  async #refresh(generation: Generation): Promise<void> {
    const { rows } = generation;
    const isUnchanged = this.#refreshed.get(generation)?.rows === rows;
    if (!isUnchanged) await this.#write(this.#files.running(generation), await sortRows(generation.pieces, this.#options.pause));
    this.#refreshed.set(generation, { atMs: this.#options.now(), rows });
  }

  /** In order: a file is visible before the next one is begun. */
  async #write(files: SealedFile[], sorted: SortedRows): Promise<void> {
    for (const { path, hasRows, write } of files) {
      if (hasRows?.(sorted) ?? true) await writeDurable(path, (sink) => write(sorted, sink));
    }
  }
}
