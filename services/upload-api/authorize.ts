import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import { HttpError } from '@tallyship/shared/runtime/http-error';
import type { AppParts } from './app-parts.ts';
import { type ApiKey, findKey, mayTouch } from './keys/key-list.ts';

/** CloudZero's words: its agents know them. */
export const NOT_AUTHORIZED = 'User is not authorized to access this resource';

/**
 * Who sends a request, and whether it may send one now.
 * @throws HttpError 401 without a key, 403 with a wrong one, 429 too many requests, 503 while the keys cannot be read
 */
export function authorize(
  authorization: string | undefined,
  { keyFile, limits, now }: Pick<AppParts, 'keyFile' | 'limits' | 'now'>,
): ApiKey {
  if (!authorization) throw new HttpError(401, 'Unauthorized');
  // 503, not 403: the sender's key may be good, and it should come again.
  if (keyFile.fault !== undefined) throw new HttpError(503, 'the keys of this service cannot be read; its log says why', 30);
  const key = findKey(keyFile.keys, authorization);
  if (!key) throw new HttpError(403, NOT_AUTHORIZED);
  limits.takeRequest(key.name, now());
  return key;
}

/** @throws HttpError 403 for a cluster that the key is not bound to */
export function authorizeCluster(key: ApiKey, identity: ClusterIdentity): void {
  if (!mayTouch(key, identity)) throw new HttpError(403, NOT_AUTHORIZED);
}
