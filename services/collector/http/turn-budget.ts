/** How long the requests of one turn of the event loop may take, ms: a request waits for the turn before its own and for its own. */
const TURN_MS = 250;
/** What they must have used of the processor by then: a machine that stood still meanwhile is no overload. */
const TURN_CPU_MS = 20;

/** Milliseconds by the clock, and of this thread on the processor. */
export type Elapsed = { wallMs: number; cpuMs: number };

/**
 * Knows when more comes than can be worked off. All requests whose bytes have arrived are worked off in one turn of the event loop; once those of this
 * turn have had their time, the others are to come again, which costs little: so the ones that are taken are answered soon, however many there are.
 */
export class TurnBudget {
  readonly #elapsed: () => Elapsed;
  readonly #onTurnEnd: (callback: () => void) => void;
  #started: Elapsed | undefined;

  constructor(elapsed: () => Elapsed = elapsedNow, onTurnEnd: (callback: () => void) => void = setImmediate) {
    this.#elapsed = elapsed;
    this.#onTurnEnd = onTurnEnd;
  }

  /** Asked ahead of the work on each request. The first one of a turn is never too many. */
  isSpent(): boolean {
    const now = this.#elapsed();
    if (this.#started) return now.wallMs - this.#started.wallMs > TURN_MS && now.cpuMs - this.#started.cpuMs > TURN_CPU_MS;
    this.#started = now;
    this.#onTurnEnd(() => {
      this.#started = undefined;
    });
    return false;
  }
}

function elapsedNow(): Elapsed {
  const { user, system } = process.threadCpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1000 };
}
