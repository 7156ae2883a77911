import { HttpError } from '@tallyship/shared/runtime/http-error';
import type { Logger } from '@tallyship/shared/runtime/logger';
import { reasonOf, type Seldom, seldom } from '@tallyship/shared/runtime/seldom';
import { RequestTooLarge } from '../decode/limits.ts';
import { MalformedBody } from '../decode/wire.ts';
import type { Answer } from '../log/record.ts';
import { LogUnavailable } from '../log/segment-log.ts';

/** What a sender is told whose request is not taken. */
export type Refusal = { status: HttpError['status']; text: string; headers: Record<string, string> };

const RETRY_AFTER_SECONDS = '5';

/** Turns what went wrong with a request into its answer, and says seldom in the log that requests are put off. */
export class Refusals {
  readonly #log: Logger;
  readonly #putOff: Seldom = seldom();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** A sender repeats after 5xx and gives up after 4xx, so only what can never be taken is 4xx; never 429, at which stock Prometheus drops data. */
  of(error: unknown): Refusal {
    if (error instanceof MalformedBody) return { status: 400, text: error.message, headers: written() };
    if (error instanceof RequestTooLarge) return { status: 413, text: error.message, headers: written() };
    if (error instanceof HttpError && error.status === 401)
      return { status: 401, text: error.message, headers: { 'www-authenticate': 'Bearer' } };
    if (error instanceof HttpError && error.status !== 503) return { status: error.status, text: error.message, headers: written() };
    const isExpected = error instanceof HttpError || error instanceof LogUnavailable;
    const reason = reasonOf(error);
    this.#putOff(reason, (leftOut) => this.#log.warn(isExpected ? { reason, leftOut } : { err: error, leftOut }, 'write requests put off'));
    return { status: 503, text: isExpected ? reason : 'internal error', headers: { ...written(), 'retry-after': RETRY_AFTER_SECONDS } };
  }
}

/** Always all three: a 2xx without any of them reads as "stores nothing of version 2.0". */
export function written(answer?: Answer): Record<string, string> {
  return {
    'x-prometheus-remote-write-samples-written': String(answer?.written ?? 0),
    'x-prometheus-remote-write-histograms-written': String(answer?.histograms ?? 0),
    'x-prometheus-remote-write-exemplars-written': String(answer?.exemplars ?? 0),
  };
}
