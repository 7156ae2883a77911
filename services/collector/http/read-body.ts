/** An answer that ends a request early. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: 400 | 401 | 413 | 415 | 503;

  constructor(status: HttpError['status'], message: string) {
    super(message);
    this.status = status;
  }
}

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
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream ?? []) {
      if (bytes + chunk.length > maxBytes) throw tooLarge(bytes + chunk.length, maxBytes);
      inflight.take(chunk.length);
      bytes += chunk.length;
      chunks.push(chunk);
    }
  } catch (error) {
    inflight.release(bytes);
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, 'the body broke off');
  }
  return { body: Buffer.concat(chunks, bytes), release: () => inflight.release(bytes) };
}

function tooLarge(bytes: number, maxBytes: number): HttpError {
  return new HttpError(413, `body of ${bytes} bytes or more, limit ${maxBytes}; raise MAX_BODY_BYTES or send smaller requests`);
}
