import type { Answer } from './record.ts';
import type { Position } from './segment-log.ts';

/** A request taken within the window: its body in memory while it is being written, in the log afterwards. */
export type RecentRequest = {
  receivedAtMs: number;
  answer: Answer;
  body: Buffer | undefined;
  position: Position | undefined;
  durable: Promise<void>;
};

/**
 * Remembers requests for DEDUPE_WINDOW, so that one whose answer was lost is recognised when it is sent again. The fingerprint only
 * finds candidates; the caller compares the bytes.
 */
export class RecentRequests {
  readonly #byFingerprint = new Map<string, RecentRequest>();
  readonly #windowMs: number;
  readonly #maxRequests: number;

  constructor(windowMs: number, maxRequests: number) {
    this.#windowMs = windowMs;
    this.#maxRequests = maxRequests;
  }

  get(fingerprint: string): RecentRequest | undefined {
    return this.#byFingerprint.get(fingerprint);
  }

  add(fingerprint: string, request: RecentRequest): void {
    // Re-inserted, so that the map stays in order of time.
    this.#byFingerprint.delete(fingerprint);
    this.#byFingerprint.set(fingerprint, request);
    for (const [oldest, { receivedAtMs }] of this.#byFingerprint) {
      const isOver = this.#byFingerprint.size > this.#maxRequests;
      if (!isOver && receivedAtMs >= request.receivedAtMs - this.#windowMs) break;
      this.#byFingerprint.delete(oldest);
    }
  }

  remove(fingerprint: string, request: RecentRequest): void {
    if (this.#byFingerprint.get(fingerprint) === request) this.#byFingerprint.delete(fingerprint);
  }
}
