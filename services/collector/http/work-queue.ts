import { Pace } from './pace.ts';

/** What is under way may take so long, where more comes than can be worked off; its way through the log comes on top of it. */
const MAX_WAIT_MS = 200;
/** So many are taken at once, whatever they take: all the shards of a Prometheus that comes back (its max_shards is 50). */
const BURST = 50;
/** For so long after an overload no burst is taken: longer than senders are told to wait. */
const CALM_MS = 10_000;
/** Work in one go, as long as all else took since the last, within these: answers go out in between, and what is too much is told so. */
const LEAST_WORK_MS = 10;
const MOST_WORK_MS = 50;
/** What a request costs besides its content, in bytes of content: else small ones would speak for large ones. */
const BYTES_A_REQUEST = 4096;

export type WorkQueueParts = { pace: Pace; nowMs: () => number; onTurnEnd: (callback: () => void) => void };

/**
 * The requests that were taken, in the order they came. What comes to an idle event loop is begun at once. From the pace at which requests are
 * answered it knows how long the next one would take: too long, and its sender is told to come again at the head of the request, before its body
 * costs anything. So what was taken is answered soon, however much comes.
 */
export class WorkQueue {
  readonly #parts: WorkQueueParts;
  readonly #waiting: (() => void)[] = [];
  #bytesUnderWay = 0;
  #bytesDone = 0;
  #turnStartedMs: number | undefined;
  #workEndedMs = 0;
  #fullAtMs = Number.NEGATIVE_INFINITY;
  /** Requests since nothing waited and all was calm. */
  #burst = 0;

  constructor(parts: WorkQueueParts = { pace: new Pace(), nowMs: () => performance.now(), onTurnEnd: setImmediate }) {
    this.#parts = parts;
  }

  /** Whether the next request is to come again. Asked at its head, and again when its body has come: many come at one time. */
  isFull(): boolean {
    const waitMs = this.#bytesUnderWay * this.#parts.pace.msAByte;
    const isFull = this.#burst >= BURST && (this.#waiting.length >= BURST || waitMs > MAX_WAIT_MS);
    if (isFull) this.#fullAtMs = this.#parts.nowMs();
    return isFull;
  }

  /**
   * @param bodyBytes what the request takes is estimated by them
   * @param work begun at once or when its turn has come; what it does up to its first `await` is what others wait for
   * @returns what the work gives
   */
  async run<T>(bodyBytes: number, work: () => Promise<T>): Promise<T> {
    const bytes = bodyBytes + BYTES_A_REQUEST;
    this.#burst++;
    this.#bytesUnderWay += bytes;
    try {
      return await (this.#isTurnLeft() ? work() : new Promise<T>((resolve) => this.#waiting.push(() => resolve(work()))));
    } finally {
      this.#bytesUnderWay -= bytes;
      this.#bytesDone += bytes;
    }
  }

  /** Whether the turn of the event loop that runs has time for one more, ahead of which nobody waits. */
  #isTurnLeft(): boolean {
    const nowMs = this.#parts.nowMs();
    if (this.#turnStartedMs === undefined) {
      this.#turnStartedMs = nowMs;
      this.#workEndedMs = nowMs;
      this.#parts.onTurnEnd(() => this.#endTurn());
    }
    return this.#waiting.length === 0 && nowMs - this.#turnStartedMs < LEAST_WORK_MS;
  }

  #endTurn(): void {
    const { pace, nowMs, onTurnEnd } = this.#parts;
    pace.look(this.#bytesDone);
    this.#bytesDone = 0;
    const startedMs = nowMs();
    const endMs = startedMs + Math.min(MOST_WORK_MS, Math.max(LEAST_WORK_MS, startedMs - this.#workEndedMs));
    while (this.#waiting.length > 0 && nowMs() < endMs) this.#waiting.shift()?.();
    this.#workEndedMs = nowMs();
    if (this.#waiting.length > 0) onTurnEnd(() => this.#endTurn());
    else {
      this.#turnStartedMs = undefined;
      if (this.#workEndedMs - this.#fullAtMs > CALM_MS) this.#burst = 0;
    }
  }
}
