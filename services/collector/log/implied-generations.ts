import { HOUR_MS } from '@tallyship/shared/contracts/lake-key';
import type { Forgotten, Generations, RecordHeader, TargetName } from './record.ts';

/** Where nothing says which generations went before: a number that none of them reached. */
const BEYOND_ALL = 100_000_000;

/**
 * The generations at the start of a log whose first checkpoint is damaged, by what follows: the first cut of an hour names the one that was current
 * until then, and so does the next checkpoint, in which an hour that is absent was not open yet. Where no checkpoint can be read, every hour that no cut
 * speaks of counts as forgotten and begins beyond all: its file must not take the name of an earlier one.
 */
export class ImpliedGenerations {
  readonly #byTarget = new Map<TargetName, Generations>();
  #lastHourMs = 0;
  #state: 'unread' | 'open' | 'settled' = 'unread';

  /** Whether the log had no record that could be read. */
  get isUnread(): boolean {
    return this.#state === 'unread';
  }

  /** Takes up every record of the log, in order. */
  see(header: RecordHeader): void {
    if (this.#state === 'unread') this.#state = header.kind === 'checkpoint' ? 'settled' : 'open';
    if (this.#state === 'settled') return;
    if (header.kind === 'cut') this.#imply(header.target, header.hour, header.generation);
    else if (header.kind === 'batch') this.#lastHourMs = Math.max(this.#lastHourMs, header.hours[1]);
    else if (header.kind === 'checkpoint') {
      for (const [target, generations] of Object.entries(header.generations) as [TargetName, Generations][])
        for (const [hour, generation] of Object.entries(generations)) this.#imply(target, hour, generation);
      this.#state = 'settled';
    }
  }

  /** What to restore for a target before the log is replayed; empty for a log that begins with its checkpoint. */
  of(target: TargetName): Generations {
    return this.#byTarget.get(target) ?? {};
  }

  /** To be restored with them; undefined where a checkpoint says it. @param writtenMs when the log was written last */
  forgotten(writtenMs: number): Forgotten | undefined {
    if (this.#state === 'settled') return undefined;
    return { beforeMs: Math.max(this.#lastHourMs, writtenMs + HOUR_MS) + HOUR_MS, generation: BEYOND_ALL };
  }

  #imply(target: TargetName, hour: string, generation: number): void {
    const generations = this.#byTarget.get(target) ?? {};
    generations[hour] ??= generation;
    this.#byTarget.set(target, generations);
  }
}
