import { CHECKSUM_HEADER } from '@tallyship/shared/contracts/upload-wire';
import { retryAfterMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { HttpSender, Incoming } from './http-send.ts';
import { placeOf, signsHeader } from './presigned-url.ts';
import { ShipFault } from './ship-fault.ts';

/** The bytes that go over the wire, and their digests. */
export type Payload = { path: string; bytes: number; sha256: Buffer; md5: Buffer };
/** How the storage's answer proves that it holds the same bytes; `none` when it does not say. */
export type Proof = 'checksum' | 'etag' | 'none';
export type PutOptions = { url: URL; expiresAtMs: number; idleTimeoutMs: number; deadlineMs: number };

const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Puts a file to a presigned URL and compares what the storage says it got.
 * @throws ShipFault `expired_url` when another URL is all that is needed; other kinds as their names say
 */
export async function putFile(
  payload: Payload,
  { url, expiresAtMs, idleTimeoutMs, deadlineMs }: PutOptions,
  parts: { sender: HttpSender; clock: Clock },
  signal: AbortSignal,
): Promise<Proof> {
  const place = placeOf(url);
  const { clock } = parts;
  if (clock.now() >= expiresAtMs) throw new ShipFault('expired_url', `${place}: the URL ran out before the upload began`);
  // Only what the URL is signed for: some stores refuse any other header.
  const headers = signsHeader(url, CHECKSUM_HEADER) ? { [CHECKSUM_HEADER]: payload.sha256.toString('base64') } : {};
  const limits = { idleTimeoutMs, deadlineMs, maxAnswerBytes: MAX_ANSWER_BYTES };
  const answer = await parts.sender.send({ method: 'PUT', url, headers, body: payload }, limits, signal);
  const fault = storageFault(answer, place, expiresAtMs, clock.now());
  if (fault) throw fault;
  return proofOf(answer, payload, place);
}

/** The text of a storage's refusal repeats parts of the signature, so its error code is all that is told. */
function storageFault({ status, headers, text }: Incoming, place: string, expiresAtMs: number, nowMs: number): ShipFault | undefined {
  if (status >= 200 && status < 300) return undefined;
  const code = /<Code>(?<code>[A-Za-z0-9.]{1,64})<\/Code>/.exec(text)?.groups?.code ?? '';
  const what = `${place}: ${status} ${code}`.trimEnd();
  if (isExpired(status, text) || (status === 403 && nowMs >= expiresAtMs)) return new ShipFault('expired_url', `${what}, the URL ran out`);
  const wait = { retryAfterMs: retryAfterMs(headers['retry-after'], nowMs) };
  if (status === 429) return new ShipFault('throttled', what, wait);
  if (status >= 500 && status !== 501) return new ShipFault('unavailable', what, wait);
  if (/^(BadDigest|InvalidDigest|XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch)$/.test(code))
    return new ShipFault('corrupted', what);
  return new ShipFault('refused', what);
}

/** S3 says 403 `Request has expired`, or 400 `ExpiredToken` when the signer's own credentials ran out. */
function isExpired(status: number, text: string): boolean {
  return (status === 403 || status === 400) && /request has expired|expiredtoken|url (has )?expired|token (has )?expired/i.test(text);
}

function proofOf({ headers }: Incoming, { sha256, md5, bytes }: Payload, place: string): Proof {
  const checksum = headers[CHECKSUM_HEADER];
  if (typeof checksum === 'string') {
    if (checksum !== sha256.toString('base64'))
      throw new ShipFault('corrupted', `${place}: holds other bytes than the ${bytes} that were sent`);
    return 'checksum';
  }
  const etag = /^"?(?<md5>[0-9a-f]{32})"?$/i.exec(headers.etag ?? '')?.groups?.md5?.toLowerCase();
  // With a KMS or customer key the ETag has the same form and is no MD5.
  const isMd5 =
    !String(headers['x-amz-server-side-encryption'] ?? '').startsWith('aws:kms') &&
    !headers['x-amz-server-side-encryption-customer-algorithm'];
  if (etag === undefined || !isMd5) return 'none';
  if (etag !== md5.toString('hex')) throw new ShipFault('corrupted', `${place}: ETag is not the MD5 of the ${bytes} bytes that were sent`);
  return 'etag';
}
