import { HttpError } from '@tallyship/shared/runtime/http-error';
import type { WriteVersion } from '../decode/decode-request.ts';
import type { BearerTokens } from './bearer.ts';
import { isSnappy, writeVersionOf } from './negotiate.ts';

export type HeadParts = { tokens: Pick<BearerTokens, 'accepts'>; isStopping: () => boolean };

/**
 * All that the headers of a write decide, ahead of its body.
 * @param header gives a header by its name in small letters
 * @throws HttpError 403, 503, 401 or 415, in this order: without a token nobody learns more
 */
export function checkHead(header: (name: string) => string | undefined, { tokens, isStopping }: HeadParts): WriteVersion {
  // Senders are no browsers. A page must not be able to write to a collector on the reader's own machine.
  if (header('origin') !== undefined || header('sec-fetch-site') !== undefined)
    throw new HttpError(403, 'requests of browsers are refused');
  if (isStopping()) throw new HttpError(503, 'the collector is stopping');
  if (!tokens.accepts(header('authorization'))) throw new HttpError(401, 'missing or unknown bearer token');
  const version = writeVersionOf(header('content-type'));
  if (!version) throw new HttpError(415, 'Content-Type is not remote write 1.0 or 2.0');
  if (!isSnappy(header('content-encoding'))) throw new HttpError(415, 'Content-Encoding is not snappy');
  return version;
}
