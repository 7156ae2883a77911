import { createHash, createHmac } from 'node:crypto';

/** A request as it came over the wire. Header names are lower case; `query` is in order, decoded. */
export type SignedRequest = { method: string; path: string; query: readonly [string, string][]; headers: ReadonlyMap<string, string> };
export type Scope = { accessKeyId: string; date: string; region: string; service: string };

/**
 * Signature Version 4 of a request, as hex.
 * The path is decoded once and encoded again: S3, unlike other services, does not encode it twice.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function signatureOf(
  request: SignedRequest,
  {
    signedHeaders,
    payloadHash,
    time,
    scope,
    secret,
  }: {
    signedHeaders: readonly string[];
    payloadHash: string;
    /** `YYYYMMDDTHHMMSSZ` */
    time: string;
    scope: Scope;
    secret: string;
  },
): string {
  const canonical = [
    request.method,
    request.path.split('/').map(encode).join('/'),
    canonicalQuery(request.query),
    ...signedHeaders.map((name) => `${name}:${(request.headers.get(name) ?? '').trim().replaceAll(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
  const { date, region, service } = scope;
  const toSign = ['AWS4-HMAC-SHA256', time, `${date}/${region}/${service}/aws4_request`, sha256(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secret}`);
  return hmac(key, toSign).toString('hex');
}

/** RFC 3986: everything but unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function canonicalQuery(query: SignedRequest['query']): string {
  return query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
