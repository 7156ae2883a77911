/** An answer that ends a request early. `message` is for the sender. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: 400 | 401 | 403 | 408 | 413 | 429 | 503;
  readonly retryAfterS: number | undefined;

  constructor(status: HttpError['status'], message: string, retryAfterS?: number) {
    super(message);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

export const badRequest = (message: string) => new HttpError(400, message);

/** What a sender chose, as it may stand in an answer or a log. */
export const quote = (text: string) => JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
