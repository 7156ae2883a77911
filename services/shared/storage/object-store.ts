import { readFile } from 'node:fs/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { CHECKSUM_HEADER } from '../contracts/upload-wire.ts';
import { parseJson } from '../runtime/parse-json.ts';
import type { ByteSink } from './durable-file.ts';

/** An object as the store knows it. `modifiedMs` is by the store's clock, some stores in whole seconds. */
export type StoredObject = { key: string; bytes: number; modifiedMs: number };
/** `version` is another one when the bytes are others: the store's ETag, or time and size where a list has none. */
export type ListedObject = StoredObject & { version: string };
/** `after`: only keys that come after it. `pageSize` is a hint for how many a caller will look at. */
export type ListOptions = { after?: string; pageSize?: number };
/** What an upload URL is bound to: the length, and the SHA-256 as hex. */
export type Bound = { bytes: number; sha256: string };
/** Bytes from..to, both included, as HTTP counts them. */
export type ByteRange = { from: number; to: number };

/** A bucket, in S3's terms: real S3, a gateway or the local store. Every method throws StoreError when the store does not do its part. */
export type ObjectStore = {
  /** A URL that takes one object by PUT, for `expiresS` seconds; when bound, only the bytes of that length and hash. */
  presignPut(key: string, options: { expiresS: number; bound?: Bound }): Promise<string>;
  head(key: string): Promise<StoredObject | undefined>;
  /** @returns undefined when there is no such object */
  get(key: string, range?: ByteRange): Promise<Uint8Array | undefined>;
  /**
   * Hands an object on piece by piece, as it comes. When it throws the sink may have got a part of it.
   * @returns the bytes handed on, undefined when there is no such object
   */
  read(key: string, sink: ByteSink): Promise<number | undefined>;
  /** Keys that start with `prefix`, in the order of their bytes. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListedObject>;
  put(key: string, body: Uint8Array): Promise<void>;
  /** Gone afterwards, whether it was there or not. */
  remove(key: string): Promise<void>;
  close(): void;
};

export type StoreCredentials = { accessKeyId: string; secretAccessKey: string };
export type StoreOptions = {
  /** Empty for AWS itself. */
  endpoint: string;
  bucket: string;
  region: string;
  /** JSON `{accessKeyId, secretAccessKey}`, read for every request; empty for what the platform gives (Pod Identity, IRSA, …). */
  credentialsFile: string;
};

/** Carries no cause: the store's own errors repeat what was signed. */
export class StoreError extends Error {
  override name = 'StoreError';
  readonly status: number | undefined;

  constructor(action: string, key: string, cause: unknown) {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
    super(`${action} ${key}: ${name}: ${message}`);
    this.status = cause instanceof S3ServiceException ? cause.$metadata.httpStatusCode : undefined;
  }
}

export function openObjectStore({ endpoint, bucket, region, credentialsFile }: StoreOptions): ObjectStore {
  const client = new S3Client({
    region,
    ...(endpoint === '' ? {} : { endpoint, forcePathStyle: true }),
    ...(credentialsFile === '' ? {} : { credentials: () => readCredentials(credentialsFile) }),
    // The default would sign the checksum of an empty body into every upload URL.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true, socketTimeout: 20_000 },
  });
  const at = (key: string) => ({ Bucket: bucket, Key: key });

  return {
    presignPut: (key, { expiresS, bound }) =>
      attempt('presign', key, () =>
        getSignedUrl(client, new PutObjectCommand({ ...at(key), ...(bound && bindingOf(bound)) }), {
          expiresIn: expiresS,
          // In the query they would bind nothing: stores look at signed headers alone.
          unhoistableHeaders: new Set(['content-length', CHECKSUM_HEADER]),
        }),
      ),
    head: (key) =>
      attempt('head', key, async () => {
        const found = await unlessMissing(client.send(new HeadObjectCommand(at(key))));
        return found && { key, bytes: found.ContentLength ?? 0, modifiedMs: found.LastModified?.getTime() ?? 0 };
      }),
    get: (key, range) =>
      attempt('get', key, async () => {
        const command = new GetObjectCommand({ ...at(key), ...(range && { Range: `bytes=${range.from}-${range.to}` }) });
        return (await unlessMissing(client.send(command)))?.Body?.transformToByteArray();
      }),
    read: (key, sink) =>
      attempt('read', key, async () => {
        const found = await unlessMissing(client.send(new GetObjectCommand(at(key))));
        return found && (await handOn(found.Body as AsyncIterable<Uint8Array>, found.ContentLength, sink));
      }),
    list: (prefix, options = {}) => list(client, bucket, prefix, options),
    put: (key, body) => attempt('put', key, () => client.send(new PutObjectCommand({ ...at(key), Body: body }))).then(() => {}),
    remove: (key) => attempt('remove', key, () => client.send(new DeleteObjectCommand(at(key)))).then(() => {}),
    close: () => client.destroy(),
  };
}

async function handOn(body: AsyncIterable<Uint8Array>, announced: number | undefined, sink: ByteSink): Promise<number> {
  let bytes = 0;
  for await (const piece of body) {
    await sink(piece);
    bytes += piece.length;
  }
  if (announced !== undefined && bytes !== announced) throw new Error(`${bytes} bytes came of ${announced}`);
  return bytes;
}

async function* list(
  client: S3Client,
  bucket: string,
  prefix: string,
  { after, pageSize = 1000 }: ListOptions,
): AsyncIterable<ListedObject> {
  for (let token: string | undefined; ; ) {
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      MaxKeys: pageSize,
      ...(token ? { ContinuationToken: token } : after !== undefined && { StartAfter: after }),
    });
    const page = await attempt('list', prefix, () => client.send(command));
    for (const { Key, Size, LastModified, ETag } of page.Contents ?? []) {
      const [bytes, modifiedMs] = [Size ?? 0, LastModified?.getTime() ?? 0];
      yield { key: Key as string, bytes, modifiedMs, version: ETag ?? `${modifiedMs}/${bytes}` };
    }
    token = page.NextContinuationToken;
    if (!page.IsTruncated || !token) return;
  }
}

function bindingOf({ bytes, sha256 }: Bound) {
  return { ContentLength: bytes, ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64') };
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404 && error.name !== 'NoSuchBucket') return undefined;
    throw error;
  });
}

async function attempt<T>(action: string, key: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw new StoreError(action, key, cause);
  }
}

/** Credentials that are over at once are asked for each time: that is how a rotated file is picked up. */
async function readCredentials(path: string): Promise<StoreCredentials & { expiration: Date }> {
  const parsed: unknown = await readFile(path, 'utf8').then(parseJson, () => undefined);
  const { accessKeyId, secretAccessKey } = (parsed ?? {}) as Partial<StoreCredentials>;
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string')
    throw new Error(`${path} is not JSON with accessKeyId and secretAccessKey`);
  return { accessKeyId, secretAccessKey, expiration: new Date() };
}
