import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { type LocalStore, startLocalStore } from '@tallyship/upload-api/local-store';
import fc from 'fast-check';
import { readByteRange } from '../../../services/upload-api/local-store/byte-range.ts';
import { signatureOf } from '../../../services/upload-api/local-store/canonical-request.ts';
import { sleep } from '../../support/child.ts';
import { presignPut, type StoreAddress } from '../../support/presign.ts';
import { brokenPut, rawRequest } from '../../support/raw-http.ts';
import { STORE_CREDENTIALS } from './running-api.ts';

const BODY = Buffer.from('an hour');

describe('local store', () => {
  let dir: string;
  let store: LocalStore;
  let address: StoreAddress;
  let nowMs: () => number;
  const start = async () => {
    store = await startLocalStore({
      dir: join(dir, 'lake'),
      host: '127.0.0.1',
      port: 0,
      credentials: [STORE_CREDENTIALS, { accessKeyId: 'SECONDKEY', secretAccessKey: 'another-good-secret' }],
      maxObjectBytes: 1_000_000,
      log: createLogger('local-store', { level: 'silent' }),
      now: () => nowMs(),
    });
    address = { url: store.url, bucket: store.bucket, credentials: STORE_CREDENTIALS };
  };
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-local-store-'));
    nowMs = Date.now;
    await start();
  });
  afterEach(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const put = (url: string, body = BODY, headers: Record<string, string | number> = {}) =>
    rawRequest(url, { method: 'PUT', headers: { 'content-length': body.length, ...headers }, body });
  const codeOf = ({ status, body }: { status: number; body: Buffer }) => `${status} ${/<Code>(\w+)/.exec(String(body))?.[1] ?? ''}`.trim();

  it('keeps an object as a plain file of its key', async () => {
    await put(await presignPut(address, 'usage/v1/account=1/date=2026-11-21/ä b+c%.parquet'));
    assert.deepEqual(readFileSync(join(dir, 'lake/usage/v1/account=1/date=2026-11-21/ä b+c%.parquet')), BODY);
  });

  it('serves files that another program has put into its folder', async () => {
    mkdirSync(join(dir, 'lake/usage'), { recursive: true });
    writeFileSync(join(dir, 'lake/usage/a.parquet'), BODY);
    await put(await presignPut(address, 'usage/b.parquet'));
    assert.deepEqual(readdirSync(join(dir, 'lake/usage')), ['a.parquet', 'b.parquet']);
  });

  it('takes signatures of each of its credentials', async () => {
    const url = await presignPut(address, 'k', { credentials: { accessKeyId: 'SECONDKEY', secretAccessKey: 'another-good-secret' } });
    assert.equal((await put(url)).status, 200);
  });

  it('ends a URL to the second, by its clock', async () => {
    const signedMs = Date.UTC(2026, 10, 21, 9);
    const url = await presignPut(address, 'k', { expiresS: 60, signingDate: new Date(signedMs) });
    nowMs = () => signedMs + 59_999;
    assert.equal((await put(url)).status, 200);
    nowMs = () => signedMs + 60_000;
    const late = await put(url);
    assert.equal(codeOf(late), '403 AccessDenied');
    assert.match(String(late.body), /<Message>Request has expired<\/Message>/);
  });

  for (const key of [
    '..',
    '../x',
    'a/../../x',
    'a/./b',
    'a//b',
    '/abs',
    'a/',
    '.incoming/x',
    'a\\..\\b',
    'a\0b',
    `${'x'.repeat(256)}`,
    'x/'.repeat(600),
  ]) {
    it(`refuses the key ${JSON.stringify(key.slice(0, 20))} though it is well signed, and writes nothing`, async () => {
      const url = await presignPut(address, 'PLACE');
      const signed = resign(url, key);
      const answer = await put(signed);
      assert.equal(answer.status, 400, String(answer.body));
      assert.deepEqual(readdirSync(dir, { recursive: true }).sort(), ['lake', 'lake/.incoming']);
    });
  }

  it('refuses what it does not understand instead of taking it for a plain PUT', async () => {
    const plain = await presignPut(address, 'k');
    assert.equal(codeOf(await put(resign(`${plain}&acl=`, 'k'))), '501 NotImplemented');
    assert.equal(codeOf(await put(resign(`${plain}&partNumber=1&uploadId=x`, 'k'))), '501 NotImplemented');
    assert.equal(codeOf(await put(plain, BODY, { 'if-none-match': '"abc"' })), '501 NotImplemented');
    assert.equal(codeOf(await put(plain, BODY, { 'if-match': '*' })), '501 NotImplemented');
    assert.equal(codeOf(await put(`${plain}&X-Amz-Expires=3600`)), '400 InvalidArgument');
    assert.equal(codeOf(await put(plain.replace('/lake/', '/%zz/'))), '400 InvalidURI');
    assert.equal(codeOf(await put(resign(plain, 'k', { 'X-Amz-Expires': '604801' }))), '400 AuthorizationQueryParametersError');
    assert.equal(codeOf(await put(resign(plain, 'k', { 'X-Amz-Expires': '0' }))), '400 AuthorizationQueryParametersError');
    assert.equal(codeOf(await put(resign(plain, 'k', { 'X-Amz-SignedHeaders': 'x-note' }))), '403 AccessDenied');
  });

  it('bounds the size of an object before it reads it', async () => {
    assert.equal(codeOf(await put(await presignPut(address, 'k'), Buffer.alloc(1_000_001))), '400 EntityTooLarge');
    assert.equal(existsSync(join(dir, 'lake/k')), false);
  });

  it('says so where a name is taken by a folder of objects, or a folder by an object', async () => {
    await put(await presignPut(address, 'a/b'));
    assert.equal(codeOf(await put(await presignPut(address, 'a'))), '409 ObjectParentIsFile');
    assert.equal(codeOf(await put(await presignPut(address, 'a/b/c'))), '409 ObjectParentIsFile');
  });

  it('leaves nothing of an upload that broke off, and clears away at its start what a crash has left', async () => {
    await brokenPut(await presignPut(address, 'k'), { 'content-length': 500_000 }, Buffer.alloc(100_000));
    const left = () => readdirSync(join(dir, 'lake'), { recursive: true });
    for (const untilMs = Date.now() + 30_000; left().length > 1 && Date.now() < untilMs; ) await sleep(20);
    assert.deepEqual(left(), ['.incoming']);
    await store.close();
    writeFileSync(join(dir, 'lake/.incoming/left.tmp'), 'half an upload');
    await start();
    assert.deepEqual(readdirSync(join(dir, 'lake'), { recursive: true }), ['.incoming']);
  });

  it('lets uploads of one key at one time each be whole: the last rename wins', async () => {
    const url = await presignPut(address, 'k');
    const bodies = Array.from({ length: 12 }, (_, index) => Buffer.alloc(200_000, String.fromCharCode(97 + index)));
    const answers = await Promise.all(bodies.map((body) => put(url, body)));
    assert.ok(answers.every(({ status }) => status === 200));
    const kept = readFileSync(join(dir, 'lake/k'));
    assert.ok(bodies.some((body) => body.equals(kept)));
  });

  /** Signs again by hand what the SDK would not sign: another key, another query. */
  function resign(url: string, key: string, changes: Record<string, string> = {}): string {
    const { origin, host, searchParams } = new URL(url);
    for (const [name, value] of Object.entries(changes)) searchParams.set(name, value);
    searchParams.delete('X-Amz-Signature');
    const [accessKeyId, date, region, service] = (searchParams.get('X-Amz-Credential') ?? '').split('/');
    const signature = signatureOf(
      { method: 'PUT', path: `/lake/${key}`, query: [...searchParams], headers: new Map([['host', host]]) },
      {
        signedHeaders: (searchParams.get('X-Amz-SignedHeaders') ?? '').split(';'),
        payloadHash: 'UNSIGNED-PAYLOAD',
        time: searchParams.get('X-Amz-Date') ?? '',
        scope: { accessKeyId, date, region, service },
        secret: STORE_CREDENTIALS.secretAccessKey,
      },
    );
    const query = [...searchParams, ['X-Amz-Signature', signature]].map((pair) => pair.map(encodeURIComponent).join('='));
    return `${origin}/lake/${key.split('/').map(encodeURIComponent).join('/')}?${query.join('&')}`;
  }
});

describe('byte ranges', () => {
  it('are what HTTP says they are', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.option(fc.nat(60)), fc.option(fc.nat(60)), (bytes, first, last) => {
        const header = `bytes=${first ?? ''}-${last ?? ''}`;
        const all = Array.from({ length: bytes }, (_, index) => index);
        const wanted = first === null ? all.slice(last === null ? 0 : Math.max(0, bytes - last)) : all.slice(first, (last ?? bytes) + 1);
        const isNone = (first === null && last === null) || (first !== null && last !== null && last < first);
        if (isNone) assert.equal(readByteRange(header, bytes), undefined);
        else if (wanted.length === 0) assert.throws(() => readByteRange(header, bytes), { status: 416 });
        else assert.deepEqual(readByteRange(header, bytes), { from: wanted[0], to: wanted[wanted.length - 1] });
      }),
      { numRuns: 2_000 },
    );
    for (const header of [undefined, 'bytes', 'lines=1-2', 'bytes=1-2,4-5', 'bytes=-']) assert.equal(readByteRange(header, 10), undefined);
  });
});

describe('Signature Version 4', () => {
  it('gives the signature of the example in the documentation of S3', () => {
    const query: [string, string][] = [
      ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
      ['X-Amz-Credential', 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'],
      ['X-Amz-Date', '20130524T000000Z'],
      ['X-Amz-Expires', '86400'],
      ['X-Amz-SignedHeaders', 'host'],
    ];
    const signature = signatureOf(
      { method: 'GET', path: '/test.txt', query, headers: new Map([['host', 'examplebucket.s3.amazonaws.com']]) },
      {
        signedHeaders: ['host'],
        payloadHash: 'UNSIGNED-PAYLOAD',
        time: '20130524T000000Z',
        scope: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', date: '20130524', region: 'us-east-1', service: 's3' },
        secret: ['wJalrXUtnFEMI', 'K7MDENG', 'bPxRfiCYEXAMPLEKEY'].join('/'),
      },
    );
    assert.equal(signature, 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404');
  });
});
