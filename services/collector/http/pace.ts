import { performance } from 'node:perf_hooks';

/** Half of what is known about the pace is that of this long, in time of the event loop. */
const HALF_LIFE_MS = 500;

/**
 * How long the event loop is busy for each byte that it gets done: refusals, collections and a limited processor included, waiting for the
 * disk not, for many requests wait for it together.
 */
export class Pace {
  readonly #activeMs: () => number;
  #lookedAtMs: number;
  #ms = 0;
  #bytes = 0;

  /** @param activeMs time that the event loop was busy so far */
  constructor(activeMs: () => number = () => performance.eventLoopUtilization().active) {
    this.#activeMs = activeMs;
    this.#lookedAtMs = activeMs();
  }

  get msAByte(): number {
    return this.#bytes > 0 ? this.#ms / this.#bytes : 0;
  }

  /** @param bytes of requests that were answered since the last call */
  look(bytes: number): void {
    const nowMs = this.#activeMs();
    const passedMs = nowMs - this.#lookedAtMs;
    const keeps = 0.5 ** (passedMs / HALF_LIFE_MS);
    this.#ms = this.#ms * keeps + passedMs;
    this.#bytes = this.#bytes * keeps + bytes;
    this.#lookedAtMs = nowMs;
  }
}
