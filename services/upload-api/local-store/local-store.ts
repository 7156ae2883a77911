import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { CHECKSUM_HEADER } from '@tallyship/shared/contracts/upload-wire';
import { listen } from '@tallyship/shared/runtime/http-server';
import { createLogger, type Logger } from '@tallyship/shared/runtime/logger';
import { readBodyClaims } from './body-checks.ts';
import { readByteRange } from './byte-range.ts';
import type { SignedRequest } from './canonical-request.ts';
import { listAnswer } from './list-answer.ts';
import { ObjectFolder } from './object-folder.ts';
import { badRequest, S3Error, xmlText } from './s3-error.ts';
import { type Credentials, verifyRequest } from './verify-request.ts';

export type LocalStoreOptions = {
  /** The bucket: the object of key `a/b` is the file `dir/a/b`. */
  dir: string;
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Who may sign; several, so that a key can be rotated. */
  credentials: Credentials | readonly Credentials[];
  bucket?: string;
  maxObjectBytes?: number;
  log?: Logger;
  now?: () => number;
};
export type LocalStore = { url: string; bucket: string; close(): Promise<void> };

export const LOCAL_BUCKET = 'lake';
const MAX_OBJECT_BYTES = 5 * 1024 ** 3;
const REQUEST_TIMEOUT_MS = 10 * 60_000;

/**
 * An object store over a folder, for laptops and tests: PUT, GET with ranges, HEAD, DELETE and ListObjectsV2 of one bucket, path style.
 * Every request must be signed (Signature Version 4, in the query or in headers); docs/protocols.md says how it differs from others.
 * @returns when requests are answered
 */
export async function startLocalStore(options: LocalStoreOptions): Promise<LocalStore> {
  const { dir, host, port, bucket = LOCAL_BUCKET, log = createLogger('local-store') } = options;
  const folder = await ObjectFolder.at(dir);
  const credentials = [options.credentials].flat();
  const { now = Date.now, maxObjectBytes = MAX_OBJECT_BYTES } = options;
  const http = await listen(
    {
      fetch: async (_, { incoming }) => {
        try {
          return await answer(incoming, { folder, bucket, credentials, maxObjectBytes, nowMs: now() });
        } catch (error) {
          return refuse(error, incoming, log);
        }
      },
    },
    { host, port, requestTimeoutMs: REQUEST_TIMEOUT_MS },
  );
  return { url: http.url, bucket, close: () => http.close() };
}

type Parts = { folder: ObjectFolder; bucket: string; credentials: readonly Credentials[]; maxObjectBytes: number; nowMs: number };

async function answer(incoming: IncomingMessage, { folder, bucket, credentials, maxObjectBytes, nowMs }: Parts): Promise<Response> {
  const request = readRequest(incoming);
  const { payloadHash } = verifyRequest(request, credentials, nowMs);
  const [, name, ...rest] = request.path.split('/');
  const key = rest.join('/');
  if (name !== bucket) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
  const query = new Map(request.query);
  const isList = key === '' && request.method === 'GET';
  refuseUnknown(query, isList ? LIST_PARAMETERS : []);

  if (isList) return xml(200, await listAnswer(bucket, query, (prefix, after) => folder.list(prefix, after)));
  if (key === '' && request.method === 'HEAD') return new Response(null);
  if (request.method === 'PUT') return await put(incoming, request, { folder, key, payloadHash, maxObjectBytes });
  if (request.method === 'GET' || request.method === 'HEAD') return await read(request, folder, key);
  if (request.method === 'DELETE') {
    await folder.remove(key);
    return new Response(null, { status: 204 });
  }
  throw new S3Error(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
}

async function put(
  incoming: IncomingMessage,
  { headers, query }: SignedRequest,
  { folder, key, payloadHash, maxObjectBytes }: Pick<Parts, 'folder' | 'maxObjectBytes'> & { key: string; payloadHash: string | undefined },
): Promise<Response> {
  for (const name of ['x-amz-copy-source', 'if-match']) {
    if (headers.has(name)) throw new S3Error(501, 'NotImplemented', `${name} is not supported`);
  }
  const condition = headers.get('if-none-match');
  if (condition !== undefined && condition !== '*') throw new S3Error(501, 'NotImplemented', 'If-None-Match takes * only');
  const parameters = new Map(query.map(([name, value]) => [name.toLowerCase(), value]));
  const claims = readBodyClaims(
    { names: [...headers.keys(), ...parameters.keys()], get: (name) => headers.get(name) ?? parameters.get(name) },
    payloadHash,
    maxObjectBytes,
  );
  const md5 = await folder.put(key, incoming, claims, condition === '*');
  const checksum = headers.get(CHECKSUM_HEADER);
  return new Response(null, { headers: { etag: `"${md5}"`, ...(checksum && { [CHECKSUM_HEADER]: checksum }) } });
}

async function read({ method, headers }: SignedRequest, folder: ObjectFolder, key: string): Promise<Response> {
  const object = await folder.open(key);
  if (!object) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
  try {
    const range = readByteRange(headers.get('range'), object.bytes);
    const { from, to } = range ?? { from: 0, to: object.bytes - 1 };
    const answerHeaders = {
      'accept-ranges': 'bytes',
      'content-length': String(to - from + 1),
      'content-type': 'application/octet-stream',
      etag: `"${object.etag}"`,
      'last-modified': new Date(object.modifiedMs).toUTCString(),
      ...(range && { 'content-range': `bytes ${from}-${to}/${object.bytes}` }),
    };
    const isBodyless = method === 'HEAD' || object.bytes === 0;
    if (isBodyless) await object.close();
    const body = isBodyless ? null : (Readable.toWeb(object.stream({ from, to })) as ReadableStream);
    return new Response(body, { status: range ? 206 : 200, headers: answerHeaders });
  } catch (error) {
    await object.close();
    throw error;
  }
}

/** The request line as it came: a URL parser would take dots out of the path before anybody could refuse them. */
function readRequest(incoming: IncomingMessage): SignedRequest {
  const [path, ...query] = (incoming.url ?? '/').split('?');
  try {
    const pairs = query
      .join('?')
      .split('&')
      .filter((pair) => pair !== '');
    return {
      method: incoming.method ?? 'GET',
      path: decodeURIComponent(path),
      query: pairs.map((pair) => {
        const end = pair.indexOf('=');
        return end === -1
          ? [decodeURIComponent(pair), '']
          : [decodeURIComponent(pair.slice(0, end)), decodeURIComponent(pair.slice(end + 1))];
      }),
      headers: new Map(Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join(',')])),
    };
  } catch {
    throw badRequest('InvalidURI', "Couldn't parse the specified URI.");
  }
}

const LIST_PARAMETERS = ['list-type', 'prefix', 'max-keys', 'continuation-token', 'start-after', 'fetch-owner'];

/** `?acl`, `?partNumber`, a delimiter: what is not understood must not be taken for a plain PUT or GET. */
function refuseUnknown(query: ReadonlyMap<string, string>, known: readonly string[]): void {
  const unknown = [...query.keys()].filter((name) => !/^x-amz-/i.test(name) && name !== 'x-id' && !known.includes(name));
  if (unknown.length > 0) throw new S3Error(501, 'NotImplemented', `Query parameter ${unknown[0].slice(0, 100)} is not supported`);
  if (known.length > 0 && query.get('list-type') !== '2') throw new S3Error(501, 'NotImplemented', 'Only list-type=2 is supported');
}

function refuse(error: unknown, incoming: IncomingMessage, log: Logger): Response {
  const known = error instanceof S3Error ? error : new S3Error(500, 'InternalError', 'We encountered an internal error. Please try again.');
  const path = incoming.url?.split('?')[0];
  if (known.status >= 500 && known.status !== 501) log.error({ err: error, method: incoming.method, path }, 'request failed');
  else log.debug({ code: known.code, method: incoming.method, path }, 'request refused');
  const { status, code, message } = known;
  if (incoming.method === 'HEAD') return new Response(null, { status });
  return xml(
    status,
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${xmlText(message)}</Message><RequestId>${randomUUID()}</RequestId></Error>`,
  );
}

function xml(status: number, text: string): Response {
  return new Response(text, { status, headers: { 'content-type': 'application/xml' } });
}
