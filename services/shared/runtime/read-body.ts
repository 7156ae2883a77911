import { Readable } from 'node:stream';
import { HttpError } from './http-error.ts';

/** Where buffers come from and go back to. */
export type Buffers = { take(bytes: number): Buffer<ArrayBuffer>; giveBack(buffer: Buffer<ArrayBuffer>): void };
export type BodyRules = {
  maxBytes: number;
  /** For the sender of a larger one: which setting to raise, what else to do. */
  remedy: string;
  /** Fresh ones when left out. */
  buffers?: Buffers;
  /** Counts the bytes of all bodies together; `take` throws what the sender is to be told when there are too many. */
  inflight?: { take(bytes: number): void; release(bytes: number): void };
};
/** A body that was read whole. `release` says that nothing reads it any more: its memory is used again. */
export type ReadBody = { body: Buffer; release: () => void };

const FIRST_BYTES = 16 * 1024;
/** An announced length is believed up to here; beyond it the bytes must come first. */
const MAX_FIRST_BYTES = 1024 * 1024;
const FRESH: Buffers = { take: (bytes) => Buffer.allocUnsafe(bytes), giveBack: () => {} };

/**
 * Reads a body whole. Bytes are counted as they come, so chunked and length-less bodies are served and bounded alike; a length that
 * is announced over the limit is refused before anything is read.
 * @throws HttpError 413 over `maxBytes`, 400 when the sender breaks off; what `inflight` throws
 */
export async function readBody(
  stream: AsyncIterable<Uint8Array> | null,
  contentLength: string | undefined,
  rules: BodyRules,
): Promise<ReadBody> {
  const announced = Number(contentLength ?? 0);
  if (announced > rules.maxBytes) throw tooLarge(announced, rules);
  const body = new GrowingBody(Math.min(announced || FIRST_BYTES, MAX_FIRST_BYTES), rules);
  try {
    if (stream instanceof Readable) await readEvents(stream, body);
    else for await (const chunk of stream ?? []) body.add(chunk);
  } catch (error) {
    body.release();
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, 'the body broke off');
  }
  return { body: body.bytes(), release: () => body.release() };
}

/** What `for await` does, at a fraction of its cost: no promise a chunk. */
function readEvents(stream: Readable, body: GrowingBody): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown) => {
      stream.off('data', onData).off('end', settle).off('error', settle).off('close', onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onData = (chunk: Uint8Array) => {
      try {
        body.add(chunk);
      } catch (error) {
        stream.pause();
        settle(error);
      }
    };
    const onClose = () => settle(new Error('closed before its end'));
    stream.on('data', onData).once('end', settle).once('error', settle).once('close', onClose);
    if (stream.readableEnded) settle();
    else if (stream.destroyed) onClose();
  });
}

/** Bytes in one buffer that grows: a list of chunks would cost a sender of single bytes a hundred times what it sent. */
class GrowingBody {
  #buffer: Buffer<ArrayBuffer>;
  #length = 0;
  #isReleased = false;
  readonly #rules: BodyRules;
  readonly #buffers: Buffers;

  constructor(firstBytes: number, rules: BodyRules) {
    this.#rules = rules;
    this.#buffers = rules.buffers ?? FRESH;
    this.#buffer = this.#buffers.take(firstBytes);
  }

  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#rules.maxBytes) throw tooLarge(length, this.#rules);
    this.#rules.inflight?.take(chunk.length);
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Counts once: a buffer that was given back twice would be that of two requests. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#rules.inflight?.release(this.#length);
    this.#buffers.giveBack(this.#buffer);
  }

  #grow(needed: number): void {
    const larger = this.#buffers.take(Math.max(2 * this.#buffer.length, needed));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffers.giveBack(this.#buffer);
    this.#buffer = larger;
  }
}

function tooLarge(bytes: number, { maxBytes, remedy }: BodyRules): HttpError {
  return new HttpError(413, `body of ${bytes} bytes or more, limit ${maxBytes}; ${remedy}`);
}
