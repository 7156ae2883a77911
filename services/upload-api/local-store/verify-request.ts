import { timingSafeEqual } from 'node:crypto';
import { type Scope, type SignedRequest, signatureOf } from './canonical-request.ts';
import { accessDenied, badRequest, S3Error } from './s3-error.ts';

export type Credentials = { accessKeyId: string; secretAccessKey: string };
/** `payloadHash` is the SHA-256 that the body must have, as hex; undefined when the signer left it open. */
export type Verified = { payloadHash: string | undefined };

type Claim = { credential: string; time: string; signedHeaders: string; signature: string; payloadHash: string };

const MAX_SKEW_MS = 15 * 60_000;
const MAX_EXPIRES_S = 7 * 24 * 3600;
const UNSIGNED = 'UNSIGNED-PAYLOAD';

/**
 * Verifies Signature Version 4, in the query (a presigned URL) or in the headers.
 * @throws S3Error in the words of S3: no signature, a wrong or expired one, headers that had to be signed and are not
 */
export function verifyRequest(request: SignedRequest, credentials: readonly Credentials[], nowMs: number): Verified {
  const query = new Map(request.query);
  if (query.size !== request.query.length) throw badRequest('InvalidArgument', 'A query parameter occurs more than once');
  const authorization = request.headers.get('authorization');
  if (query.has('X-Amz-Signature') && authorization !== undefined) throw badRequest('InvalidArgument', 'Only one auth mechanism allowed');
  if (query.has('X-Amz-Signature')) {
    const claim = claimOfQuery(query);
    verifySignature(request, claim, credentials);
    verifyLife(claim.time, query.get('X-Amz-Expires') ?? '', nowMs);
    return verified(claim);
  }
  if (authorization === undefined) throw accessDenied('Access Denied');
  const claim = claimOfHeaders(request, authorization);
  verifySignature(request, claim, credentials);
  if (Math.abs(timeOf(claim.time) - nowMs) > MAX_SKEW_MS)
    throw new S3Error(403, 'RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.');
  return verified(claim);
}

function claimOfQuery(query: ReadonlyMap<string, string>): Claim {
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') throw malformed('X-Amz-Algorithm only supports AWS4-HMAC-SHA256');
  return {
    credential: query.get('X-Amz-Credential') ?? '',
    time: query.get('X-Amz-Date') ?? '',
    signedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
    signature: query.get('X-Amz-Signature') ?? '',
    payloadHash: query.get('X-Amz-Content-Sha256') ?? UNSIGNED,
  };
}

function claimOfHeaders(request: SignedRequest, authorization: string): Claim {
  const parts =
    /^AWS4-HMAC-SHA256 +Credential=(?<credential>[^, ]+), *SignedHeaders=(?<signedHeaders>[^, ]+), *Signature=(?<signature>[^, ]+)$/.exec(
      authorization,
    )?.groups as Pick<Claim, 'credential' | 'signedHeaders' | 'signature'> | undefined;
  if (!parts) throw badRequest('AuthorizationHeaderMalformed', 'The authorization header is malformed');
  const payloadHash = request.headers.get('x-amz-content-sha256');
  if (payloadHash === undefined) throw badRequest('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  return { ...parts, time: request.headers.get('x-amz-date') ?? '', payloadHash };
}

function verifySignature(request: SignedRequest, claim: Claim, credentials: readonly Credentials[]): void {
  const scope = scopeOf(claim.credential);
  if (claim.time.slice(0, 8) !== scope.date) throw malformed('The date of X-Amz-Credential is not that of X-Amz-Date');
  const signedHeaders = claim.signedHeaders.split(';');
  verifySignedHeaders(request, signedHeaders);
  const known = credentials.find(({ accessKeyId }) => accessKeyId === scope.accessKeyId);
  if (!known) throw new S3Error(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
  const expected = signatureOf(request, { ...claim, signedHeaders, scope, secret: known.secretAccessKey });
  const [given, wanted] = [claim.signature, expected].map((signature) => Buffer.from(signature));
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new S3Error(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
}

/** What a store acts on must be what was signed: the host always, and every x-amz- header that is sent. */
function verifySignedHeaders(request: SignedRequest, signedHeaders: readonly string[]): void {
  const mustBeSigned = [...request.headers.keys()].filter((name) => name === 'host' || name.startsWith('x-amz-'));
  const unsigned = mustBeSigned.filter((name) => !signedHeaders.includes(name));
  if (unsigned.length > 0) throw accessDenied(`There were headers present in the request which were not signed: ${unsigned.join(', ')}`);
}

function verifyLife(time: string, expires: string, nowMs: number): void {
  const expiresS = /^[0-9]{1,6}$/.test(expires) ? Number(expires) : 0;
  if (expiresS < 1 || expiresS > MAX_EXPIRES_S) throw malformed(`X-Amz-Expires must be 1 to ${MAX_EXPIRES_S} seconds`);
  const startMs = timeOf(time);
  if (startMs > nowMs + MAX_SKEW_MS) throw accessDenied('Request is not valid yet');
  if (startMs + expiresS * 1000 <= nowMs) throw accessDenied('Request has expired');
}

function scopeOf(credential: string): Scope {
  const [accessKeyId, date, region, service, end, ...more] = credential.split('/');
  if (service !== 's3' || end !== 'aws4_request' || more.length > 0)
    throw malformed('X-Amz-Credential is not KEY/DATE/REGION/s3/aws4_request');
  return { accessKeyId, date, region, service };
}

function timeOf(time: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time);
  const ms = parts ? Date.parse(`${parts.slice(1, 4).join('-')}T${parts.slice(4).join(':')}Z`) : Number.NaN;
  if (Number.isNaN(ms)) throw malformed('X-Amz-Date is not YYYYMMDDTHHMMSSZ');
  return ms;
}

function verified({ payloadHash }: Claim): Verified {
  if (payloadHash === UNSIGNED) return { payloadHash: undefined };
  if (!/^[0-9a-f]{64}$/.test(payloadHash)) throw new S3Error(501, 'NotImplemented', 'Streamed signatures are not supported');
  return { payloadHash };
}

const malformed = (message: string) => badRequest('AuthorizationQueryParametersError', message);
