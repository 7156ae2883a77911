import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { UPLOAD_API_SETTINGS } from '@tallyship/upload-api/settings';
import { startUploadApi, type UploadApi } from '@tallyship/upload-api/upload-api';
import { sleep } from '../support/child.ts';
import { rawRequest } from '../support/raw-http.ts';
import { startVersitygw } from '../support/versitygw.ts';

const KEY = 'key-of-the-shop-cluster-0001';
const SHOP = { account: '123456789012', region: 'us-east-1', cluster: 'shop' };
const PATH =
  '/v1/container-metrics/upload?count=1&expiration=60&cloud_account_id=123456789012&cluster_name=shop&region=us-east-1&shipper_id=shipper-1';
const ID = 'usage_1795255200000_1795258800000_collector-0-1.parquet';
const BODY = Buffer.from('usage of an hour');

describe('the upload API over a real S3 gateway', () => {
  let dir: string;
  let gateway: Awaited<ReturnType<typeof startVersitygw>>;
  let api: UploadApi;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-gateway-'));
    gateway = await startVersitygw();
    writeFileSync(join(dir, 'credentials.json'), JSON.stringify(gateway.credentials));
    writeFileSync(join(dir, 'keys.json'), JSON.stringify([{ name: 'shop', key: KEY, accounts: ['*'], regions: ['*'], clusters: ['*'] }]));
    const env = {
      UPLOAD_API_PORT: '0',
      KEYS_FILE: join(dir, 'keys.json'),
      STORE_BUCKET: gateway.bucket,
      STORE_ENDPOINT: gateway.url,
      STORE_CREDENTIALS_FILE: join(dir, 'credentials.json'),
    };
    api = await startUploadApi(readSettings(UPLOAD_API_SETTINGS, env), createLogger('upload-api', { level: 'silent' }));
  });
  after(async () => {
    await api?.close();
    await gateway?.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  const call = (path: string, body?: unknown) =>
    fetch(`${api.url}${path}`, {
      method: 'POST',
      headers: { authorization: KEY },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const put = (url: string, body: Buffer, headers = {}) =>
    rawRequest(url, { method: 'PUT', headers: { 'content-length': body.length, ...headers }, body });
  const offered = async () => JSON.parse((await call(PATH, { files: [] })).headers.get('x-cloudzero-replay') ?? '[]') as { url: string }[];

  it('gives URLs that take what they are bound to and nothing else', async () => {
    const digest = createHash('sha256').update(BODY).digest();
    const files = [{ reference_id: ID, size: BODY.length, sha_256: digest.toString('hex') }];
    const urls = (await (await call(PATH, { shipperId: 'shipper-1', files })).json()) as Record<string, string>;
    const checksum = { 'x-amz-checksum-sha256': digest.toString('base64') };
    assert.equal((await put(urls[ID], Buffer.from('usage of no hour'), checksum)).status, 400);
    assert.equal((await put(urls[ID], Buffer.from('usage'), checksum)).status, 403);
    assert.equal((await put(urls[ID], BODY, checksum)).status, 200);
  });

  it('gives the URLs of 2024', async () => {
    const { urls } = (await (await call(PATH.replace('count=1', 'count=3'))).json()) as { urls: string[] };
    assert.equal(urls.length, 3);
    for (const url of urls) assert.equal((await put(url, BODY)).status, 200);
  });

  it('keeps replay orders there, and sees when they are fulfilled', async () => {
    assert.equal((await call('/v1/replay', { ...SHOP, referenceIds: [ID] })).status, 202);
    const [order] = await offered();
    await sleep(1_100);
    assert.equal((await put(order.url, BODY)).status, 200);
    assert.deepEqual(await offered(), []);
    assert.equal((await fetch(`${api.url}/readyz`)).status, 200);
  });

  it('answers for completeness, and says so when the gateway is away', async () => {
    const path = '/v1/completeness?cluster=123456789012/us-east-1/shop&from=2026-11-21&to=2026-11-22';
    const ask = () => fetch(`${api.url}${path}`, { headers: { authorization: KEY } });
    assert.equal(((await (await ask()).json()) as { isComplete: boolean }).isComplete, false);
    await gateway.stop();
    assert.equal((await ask()).status, 503);
    assert.equal((await fetch(`${api.url}/readyz`)).status, 503);
    assert.equal((await call(PATH, { files: [{ reference_id: ID }] })).status, 200);
  });
});
