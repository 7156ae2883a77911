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
 * Reads a body whole. Bytes are counted as they come, so chunked and length-less bodies are served and bounded alike; a length that
 * is announced over the limit is refused before anything is read.
 * @returns the body and `release`, to be called when it is no longer needed
 * @throws HttpError 413 over `maxBytes`, 503 when too much is in flight, 400 when the sender breaks off
 */
export async function readBody(
  stream: AsyncIterable<Uint8Array> | null,
  contentLength: string | undefined,
  maxBytes: number,
  inflight: InflightBytes,
): Promise<{ body: Buffer; release: () => void }> {
  const announced = Number(contentLength ?? 0);
  if (announced > maxBytes) throw tooLarge(announced, maxBytes);
  // Copied at once into one buffer that grows: a list of chunks would cost a sender of single bytes a hundred times what it sent.
  let body = Buffer.allocUnsafe(Math.min(announced || FIRST_BYTES, MAX_FIRST_BYTES));
  let bytes = 0;
  try {
    for await (const chunk of stream ?? []) {
      if (bytes + chunk.length > maxBytes) throw tooLarge(bytes + chunk.length, maxBytes);
      inflight.take(chunk.length);
      if (bytes + chunk.length > body.length) body = grown(body, bytes, bytes + chunk.length);
      body.set(chunk, bytes);
      bytes += chunk.length;
    }
  } catch (error) {
    inflight.release(bytes);
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, 'the body broke off');
  }
  return { body: body.subarray(0, bytes), release: () => inflight.release(bytes) };
}

function grown(from: Buffer<ArrayBuffer>, length: number, needed: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(Math.max(2 * from.length, needed));
  from.copy(larger, 0, 0, length);
  return larger;
}

function tooLarge(bytes: number, maxBytes: number): HttpError {
  return new HttpError(413, `body of ${bytes} bytes or more, limit ${maxBytes}; raise MAX_BODY_BYTES or send smaller requests`);
}
