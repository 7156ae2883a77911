import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { GetObjectCommand, type GetObjectCommandInput, HeadObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { sleep } from '../support/child.ts';
import { type PresignOptions, presignPut, type StoreAddress, storeClient } from '../support/presign.ts';
import { brokenPut, type RawAnswer, rawRequest } from '../support/raw-http.ts';

/** What a store does about one thing that can happen to an upload, as `<status> <S3 error code>`. */
export type StoreCase = { name: string; run: (store: StoreAddress) => Promise<string> };

const BODY = Buffer.from('columns of a cluster, hour by hour\n'.repeat(100));
const OTHER = Buffer.from(BODY).fill('x', 0, 1);

/** Each case uses a key of its own. A refusal must leave nothing behind, which is asserted and not part of the outcome. */
export const STORE_CASES: readonly StoreCase[] = [
  put('a presigned PUT', async (at) => {
    const answer = await at.put(await at.url(), BODY);
    assert.equal(answer.headers.etag, `"${createHash('md5').update(BODY).digest('hex')}"`);
    assert.deepEqual(await at.read(), BODY);
    return answer;
  }),
  put('a presigned PUT of no bytes', async (at) => at.put(await at.url(), Buffer.alloc(0))),
  put('a second PUT replaces the first', async (at) => {
    await at.put(await at.url(), OTHER);
    const answer = await at.put(await at.url(), BODY);
    assert.deepEqual(await at.read(), BODY);
    return answer;
  }),
  put('bound to length and hash, kept', async (at) => at.put(await at.url(bound(BODY)), BODY, checksum(BODY))),
  refused('bound, a shorter body', async (at) => at.put(await at.url(bound(BODY)), BODY.subarray(1), checksum(BODY))),
  refused('bound, a longer body', async (at) => at.put(await at.url(bound(BODY)), Buffer.concat([BODY, OTHER]), checksum(BODY))),
  refused('bound, another body of that length', async (at) => at.put(await at.url(bound(BODY)), OTHER, checksum(BODY))),
  refused('bound, the checksum of another body', async (at) => at.put(await at.url(bound(BODY)), OTHER, checksum(OTHER))),
  refused('bound, no checksum sent', async (at) => at.put(await at.url(bound(BODY)), BODY)),
  refused('checksum hoisted into the query, another body', async (at) =>
    at.put(await at.url({ sha256: sha256(BODY), isHoisted: true }), OTHER),
  ),
  refused("the SDK's default checksum of an empty body in the URL", async (at) => at.put(await at.url({ isDefaultChecksum: true }), BODY)),
  refused('expired', async (at) => {
    const url = await at.url({ expiresS: 1 });
    await sleep(2_100);
    const answer = await at.put(url, BODY);
    if (answer.status === 403) assert.match(String(answer.body), /expired/i);
    return answer;
  }),
  refused('life prolonged by hand', async (at) => at.put((await at.url()).replace('X-Amz-Expires=60', 'X-Amz-Expires=600'), BODY)),
  refused('signed for an hour from now', async (at) => at.put(await at.url({ signingDate: new Date(Date.now() + 3_600_000) }), BODY)),
  refused('another signature', async (at) =>
    at.put((await at.url()).replace(/X-Amz-Signature=[0-9a-f]{8}/, 'X-Amz-Signature=00000000'), BODY),
  ),
  refused('no signature', async (at) => at.put((await at.url()).split('?')[0], BODY)),
  refused('another key than the signed one', async (at) => at.put((await at.url({}, 'elsewhere')).replace('elsewhere', at.name), BODY)),
  refused('the wrong secret', async (at) =>
    at.put(await at.url({ credentials: { ...at.store.credentials, secretAccessKey: 'another-secret' } }), BODY),
  ),
  refused('an unknown access key', async (at) =>
    at.put(await at.url({ credentials: { accessKeyId: 'STRANGER', secretAccessKey: 'another-secret' } }), BODY),
  ),
  refused('DELETE with the URL of a PUT', async (at) => rawRequest(await at.url(), { method: 'DELETE' })),
  put('a right Content-MD5', async (at) => at.put(await at.url(), BODY, { 'content-md5': md5(BODY) })),
  refused('a wrong Content-MD5', async (at) => at.put(await at.url(), BODY, { 'content-md5': md5(OTHER) })),
  refused('a Content-MD5 that is none', async (at) => at.put(await at.url(), BODY, { 'content-md5': 'nonsense' })),
  refused('an unsigned x-amz-checksum-sha256 of another body', async (at) => at.put(await at.url(), BODY, checksum(OTHER))),
  refused('an unsigned x-amz-meta header', async (at) => at.put(await at.url(), BODY, { 'x-amz-meta-note': 'hello' })),
  put('an unsigned header of no meaning', async (at) => at.put(await at.url(), BODY, { 'x-note': 'hello' })),
  put('If-None-Match: * where there is nothing', async (at) => at.put(await at.url(), BODY, { 'if-none-match': '*' })),
  {
    name: 'If-None-Match: * where there is an object',
    run: async (store) => {
      const at = new Bench(store, 'conditional');
      await at.put(await at.url(), BODY);
      const answer = await at.put(await at.url(), OTHER, { 'if-none-match': '*' });
      if (answer.status !== 200) assert.deepEqual(await at.read(), BODY);
      return outcome(answer);
    },
  },
  {
    name: 'eight If-None-Match: * at one time',
    run: async (store) => {
      const at = new Bench(store, 'race');
      const url = await at.url();
      const answers = await Promise.all(Array.from({ length: 8 }, () => at.put(url, BODY, { 'if-none-match': '*' })));
      return `${answers.filter(({ status }) => status === 200).length} of 8 win`;
    },
  },
  refused('no Content-Length (chunked)', async (at) =>
    rawRequest(await at.url(), { method: 'PUT', headers: { 'transfer-encoding': 'chunked' }, body: BODY }),
  ),
  {
    name: 'a body that breaks off',
    run: async (store) => {
      const at = new Bench(store, 'broken');
      await brokenPut(await at.url(), { 'content-length': BODY.length }, BODY.subarray(0, 1000));
      await sleep(300);
      return at.sizeOutcome();
    },
  },
  {
    name: 'a replacement that breaks off',
    run: async (store) => {
      const at = new Bench(store, 'broken-again');
      await at.put(await at.url(), OTHER);
      await brokenPut(await at.url(), { 'content-length': BODY.length }, BODY.subarray(0, 1000));
      await sleep(300);
      assert.deepEqual(await at.read(), OTHER);
      return at.sizeOutcome();
    },
  },
  refused('a key that leaves the bucket', async (at) => at.put(await at.url({}, 'a/../../../escaped'), BODY)),
  range('the first bytes', 'bytes=0-9', BODY.subarray(0, 10)),
  range('bytes in the middle', 'bytes=100-199', BODY.subarray(100, 200)),
  range('from a byte to the end', 'bytes=3000-', BODY.subarray(3000)),
  range('the last bytes', 'bytes=-8', BODY.subarray(-8)),
  range('a range that passes the end', `bytes=3490-99999`, BODY.subarray(3490)),
  range('a range behind the end', 'bytes=99999-100000', undefined),
  {
    name: 'GET of what is not there',
    run: async (store) => new Bench(store, 'nothing').read().then(() => 'found', errorOutcome),
  },
];

/** One key of a store, and what is done to it. */
class Bench {
  readonly store: StoreAddress;
  readonly name: string;

  constructor(store: StoreAddress, name: string) {
    this.store = store;
    this.name = `cases/${name.replaceAll(/[^a-z0-9]+/gi, '-')}.parquet`;
  }

  url(options: PresignOptions = {}, key = this.name): Promise<string> {
    return presignPut(this.store, key, options);
  }

  put(url: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<RawAnswer> {
    return rawRequest(url, { method: 'PUT', headers: { 'content-length': body.length, ...headers }, body });
  }

  async read(options: Partial<GetObjectCommandInput> = {}): Promise<Buffer> {
    const client = storeClient(this.store);
    try {
      const answer = await client.send(new GetObjectCommand({ Bucket: this.store.bucket, Key: this.name, ...options }));
      return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
    } finally {
      client.destroy();
    }
  }

  async sizeOutcome(): Promise<string> {
    const client = storeClient(this.store);
    const head = client.send(new HeadObjectCommand({ Bucket: this.store.bucket, Key: this.name }));
    return head
      .then(
        ({ ContentLength }) => `${ContentLength} bytes`,
        () => 'nothing there',
      )
      .finally(() => client.destroy());
  }
}

function put(name: string, run: (at: Bench) => Promise<RawAnswer>): StoreCase {
  return { name, run: async (store) => outcome(await run(new Bench(store, name))) };
}

function refused(name: string, run: (at: Bench) => Promise<RawAnswer>): StoreCase {
  return {
    name,
    run: async (store) => {
      const at = new Bench(store, name);
      const answer = await run(at);
      if (answer.status >= 400) assert.equal(await at.sizeOutcome(), 'nothing there', `${name} was refused and left an object`);
      return outcome(answer);
    },
  };
}

function range(name: string, header: string, expected: Buffer | undefined): StoreCase {
  return {
    name: `GET, ${name}`,
    run: async (store) => {
      const at = new Bench(store, name);
      await at.put(await at.url(), BODY);
      const read = await at.read({ Range: header }).catch(errorOutcome);
      if (typeof read === 'string') return read;
      assert.deepEqual(read, expected);
      return '206';
    },
  };
}

function outcome({ status, body }: RawAnswer): string {
  const code = /<Code>(?<code>\w+)<\/Code>/.exec(String(body))?.groups?.code;
  return code ? `${status} ${code}` : String(status);
}

function errorOutcome(error: unknown): string {
  if (!(error instanceof S3ServiceException)) throw error;
  return `${error.$metadata.httpStatusCode} ${error.name}`;
}

const sha256 = (body: Buffer) => createHash('sha256').update(body).digest('base64');
const md5 = (body: Buffer) => createHash('md5').update(body).digest('base64');
const checksum = (body: Buffer) => ({ 'x-amz-checksum-sha256': sha256(body) });
const bound = (body: Buffer): PresignOptions => ({ bytes: body.length, sha256: sha256(body) });
