type Sleeper = { untilMs: number; wake: () => void };

/** A clock that stands until it is told to go on. */
export class FakeClock {
  #nowMs: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  readonly now = (): number => this.#nowMs;

  /** How long the first sleeper still sleeps; undefined when nobody does. */
  get nextWakeMs(): number | undefined {
    const all = [...this.#sleepers].map(({ untilMs }) => untilMs - this.#nowMs);
    return all.length === 0 ? undefined : Math.min(...all);
  }

  get asleep(): number {
    return this.#sleepers.size;
  }

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const sleeper = { untilMs: this.#nowMs + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', () => this.#wake(sleeper), { once: true });
    });

  /** Moves the time and wakes who is due. */
  advance(ms: number): void {
    this.#nowMs += ms;
    for (const sleeper of [...this.#sleepers]) if (sleeper.untilMs <= this.#nowMs) this.#wake(sleeper);
  }

  #wake(sleeper: Sleeper): void {
    this.#sleepers.delete(sleeper);
    sleeper.wake();
  }
}
