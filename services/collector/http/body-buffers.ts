const SMALLEST_BYTES = 64 * 1024;
/** Larger buffers are left to the garbage collector, so that one huge request does not hold its memory for good. */
const LARGEST_BYTES = 1024 * 1024;
const MAX_FREE = 8;

/**
 * Buffers for request bodies, used again and again: a new one for each request would make the garbage collector run every few dozen
 * requests, which costs more than decoding them. Whoever takes a buffer gives it back once nothing reads it any more, the log's write
 * included; one that is never given back is only lost to the pool.
 */
export class BodyBuffers {
  readonly #free: Buffer<ArrayBuffer>[] = [];

  /** @returns a buffer of at least `bytes`, with old content */
  take(bytes: number): Buffer<ArrayBuffer> {
    const at = this.#free.findLastIndex((buffer) => buffer.length >= bytes);
    if (at >= 0) return this.#free.splice(at, 1)[0] as Buffer<ArrayBuffer>;
    return Buffer.allocUnsafeSlow(bytes > LARGEST_BYTES ? bytes : Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(bytes))));
  }

  giveBack(buffer: Buffer<ArrayBuffer>): void {
    if (buffer.length > LARGEST_BYTES) return;
    // The smallest one goes: the others serve its requests as well.
    if (this.#free.push(buffer) > MAX_FREE) this.#free.sort((a, b) => a.length - b.length).shift();
  }
}
