/** An answer that ends a request early. `message` is for the sender. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: 400 | 401 | 403 | 408 | 413 | 415 | 429 | 503;
  readonly retryAfterS: number | undefined;

  constructor(status: HttpError['status'], message: string, retryAfterS?: number) {
    super(message);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}
