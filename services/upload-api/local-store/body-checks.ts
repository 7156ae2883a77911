import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { CHECKSUM_HEADER } from '@tallyship/shared/contracts/upload-wire';
import { badRequest, S3Error } from './s3-error.ts';

/** What a body must be. Sums are lower-case hex. */
export type BodyClaims = { bytes: number; sums: Partial<Record<SumName, string>> };
type SumName = 'md5' | 'sha1' | 'sha256' | 'crc32' | 'payload';

const HEADERS = {
  'content-md5': { sum: 'md5', bytes: 16 },
  'x-amz-checksum-sha1': { sum: 'sha1', bytes: 20 },
  [CHECKSUM_HEADER]: { sum: 'sha256', bytes: 32 },
  'x-amz-checksum-crc32': { sum: 'crc32', bytes: 4 },
} as const satisfies Record<string, { sum: SumName; bytes: number }>;

/**
 * Reads what a PUT claims about its body. A checksum in the query of a presigned URL binds like one in a header.
 * @param get a header, or else a query parameter, by its lower-case name
 * @throws S3Error for a length that is missing or too large, and for checksums that are malformed or not known
 */
export function readBodyClaims(
  { names, get }: { names: Iterable<string>; get: (name: string) => string | undefined },
  payloadHash: string | undefined,
  maxBytes: number,
): BodyClaims {
  const length = get('content-length');
  if (length === undefined || !/^[0-9]{1,15}$/.test(length))
    throw new S3Error(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
  const bytes = Number(length);
  if (bytes > maxBytes) throw badRequest('EntityTooLarge', `Your proposed upload of ${bytes} bytes exceeds the limit of ${maxBytes}`);
  const sums: BodyClaims['sums'] = payloadHash === undefined ? {} : { payload: payloadHash };
  for (const name of names) {
    if (name.startsWith('x-amz-checksum-') && !(name in HEADERS) && name !== 'x-amz-checksum-algorithm')
      throw new S3Error(501, 'NotImplemented', `${name} is not supported`);
  }
  for (const [name, { sum, bytes: size }] of Object.entries(HEADERS)) {
    const value = get(name);
    if (value === undefined) continue;
    const decoded = Buffer.from(value, 'base64');
    if (decoded.length !== size || decoded.toString('base64') !== value)
      throw badRequest(name === 'content-md5' ? 'InvalidDigest' : 'InvalidRequest', `Value for ${name} header is invalid.`);
    sums[sum] = decoded.toString('hex');
  }
  return { bytes, sums };
}

/** Sums up a body as it passes, and holds it against its claims. */
export class BodyCheck {
  readonly #claims: BodyClaims;
  readonly #md5 = createHash('md5');
  readonly #sha1: Hash | undefined;
  readonly #sha256: Hash | undefined;
  #crc32 = 0;
  #bytes = 0;

  constructor(claims: BodyClaims) {
    this.#claims = claims;
    if (claims.sums.sha1) this.#sha1 = createHash('sha1');
    if (claims.sums.sha256 ?? claims.sums.payload) this.#sha256 = createHash('sha256');
  }

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.#md5.update(chunk);
    this.#sha1?.update(chunk);
    this.#sha256?.update(chunk);
    if (this.#claims.sums.crc32) this.#crc32 = crc32(chunk, this.#crc32);
  }

  /**
   * @returns the MD5, which is the ETag, as hex
   * @throws S3Error when the body is not what was claimed
   */
  finish(): string {
    if (this.#bytes !== this.#claims.bytes)
      throw badRequest('IncompleteBody', 'You did not provide the number of bytes specified by the Content-Length HTTP header');
    const sha256 = this.#sha256?.digest('hex');
    const found: Record<SumName, string | undefined> = {
      md5: this.#md5.digest('hex'),
      sha1: this.#sha1?.digest('hex'),
      sha256,
      payload: sha256,
      crc32: this.#crc32.toString(16).padStart(8, '0'),
    };
    for (const [sum, claimed] of Object.entries(this.#claims.sums) as [SumName, string][]) {
      if (found[sum] === claimed) continue;
      if (sum === 'payload')
        throw badRequest('XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed.");
      throw badRequest('BadDigest', `The ${sum.toUpperCase()} you specified did not match what we received.`);
    }
    return found.md5 as string;
  }
}
