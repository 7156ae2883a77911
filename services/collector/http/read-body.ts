import { HttpError } from '@tallyship/shared/runtime/http-error';
import { type ReadBody, readBody as readShared } from '@tallyship/shared/runtime/read-body';
import { BodyBuffers } from './body-buffers.ts';

const REMEDY = 'raise MAX_BODY_BYTES or send smaller requests';
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

/**
 * Reads a body whole into memory that is used again.
 * @throws HttpError 413 over `maxBytes`, 503 when too much is in flight, 400 when the sender breaks off
 */
export function readBody(
  stream: AsyncIterable<Uint8Array> | null,
  contentLength: string | undefined,
  maxBytes: number,
  inflight: InflightBytes,
): Promise<ReadBody> {
  return readShared(stream, contentLength, { maxBytes, remedy: REMEDY, buffers, inflight });
}
