import { Readable } from 'node:stream';
import { BodyBuffers } from './body-buffers.ts';

/** An answer that ends a request early. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: 400 | 401 | 403 | 413 | 415 | 503;

  constructor(status: HttpError['status'], message: string) {
    super(message);
    this.status = status;
  }
}

const FIRST_BYTES = 16 * 1024;
/** An announced length is believed up to here; beyond it the bytes must come first. */
const MAX_FIRST_BYTES = 1024 * 1024;

const buffers = new BodyBuffers();

/** Bytes of all bodies held at one time. */
export class InflightBytes {
  held = 0;
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  take(bytes: number): void {
    if (this.held + bytes > this.#max) {
      throw new HttpError(503, `requests in flight hold ${this.held} bytes, limit ${this.#max}; raise MAX_INFLIGHT_BYTES or add replicas`);
    }
    this.held += bytes;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }
}

/** A body that was read whole. `release` says that nothing reads it any more: its memory is used again. */
export type ReadBody = { body: Buffer; release: () => void };

/**
 * Reads a body whole. Bytes are counted as they come, so chunked and length-less bodies are served and bounded alike; a length that
 * is announced over the limit is refused before anything is read.
 * @throws HttpError 413 over `maxBytes`, 503 when too much is in flight, 400 when the sender breaks off
 */
export async function readBody(
  stream: AsyncIterable<Uint8Array> | null,
  contentLength: string | undefined,
  maxBytes: number,
  inflight: InflightBytes,
): Promise<ReadBody> {
  const announced = Number(contentLength ?? 0);
  if (announced > maxBytes) throw tooLarge(announced, maxBytes);
  const body = new GrowingBody(Math.min(announced || FIRST_BYTES, MAX_FIRST_BYTES), maxBytes, inflight);
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
  readonly #maxBytes: number;
  readonly #inflight: InflightBytes;

  constructor(firstBytes: number, maxBytes: number, inflight: InflightBytes) {
    this.#buffer = buffers.take(firstBytes);
    this.#maxBytes = maxBytes;
    this.#inflight = inflight;
  }

  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#maxBytes) throw tooLarge(length, this.#maxBytes);
    this.#inflight.take(chunk.length);
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
    this.#inflight.release(this.#length);
    buffers.giveBack(this.#buffer);
  }

  #grow(needed: number): void {
    const larger = buffers.take(Math.max(2 * this.#buffer.length, needed));
    this.#buffer.copy(larger, 0, 0, this.#length);
    buffers.giveBack(this.#buffer);
    this.#buffer = larger;
  }
}

function tooLarge(bytes: number, maxBytes: number): HttpError {
  return new HttpError(413, `body of ${bytes} bytes or more, limit ${maxBytes}; raise MAX_BODY_BYTES or send smaller requests`);
}
