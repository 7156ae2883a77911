import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { UPLOAD_API_SETTINGS } from '@tallyship/upload-api/settings';
import { startUploadApi } from '@tallyship/upload-api/upload-api';
import { API_KEY, OTHER_KEY, type RunningApi, startApi, UPLOAD_PATH, writeKeys } from './running-api.ts';

const FILES = { shipperId: 'shipper-1', files: [{ reference_id: 'metrics_1795255200000_1795257000000.parquet' }] };
const NOT_AUTHORIZED = { message: 'User is not authorized to access this resource' };
const everything = { accounts: ['*'], regions: ['*'], clusters: ['*'] };

describe('keys of the upload API', () => {
  let api: RunningApi;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.stop());
  const upload = async (key: string, path = UPLOAD_PATH) => (await api.call(path, { key, body: FILES })).status;

  it('come raw or behind Bearer', async () => {
    for (const key of [API_KEY, `Bearer ${API_KEY}`, `bearer  ${API_KEY}`]) assert.equal(await upload(key), 200, key);
  });

  it('are asked for: 401 without, 403 in the words of CloudZero for a wrong one', async () => {
    const missing = await api.call(UPLOAD_PATH, { key: '', body: FILES });
    assert.equal(missing.status, 401);
    assert.equal(missing.headers.get('www-authenticate'), 'Bearer');
    for (const key of ['nonsense', API_KEY.slice(0, -1), `${API_KEY}x`, `Basic ${API_KEY}`, 'Bearer', API_KEY.toUpperCase()]) {
      const answer = await api.call(UPLOAD_PATH, { key, body: FILES });
      assert.equal(answer.status, 403, key);
      assert.deepEqual(await answer.json(), NOT_AUTHORIZED);
    }
  });

  it('are asked for on every path that does something', async () => {
    const paths = [
      ['POST', UPLOAD_PATH],
      ['POST', UPLOAD_PATH.replace('/upload?', '/abandon?')],
      ['POST', '/v1/container-metrics/status'],
      ['GET', '/v2/insights'],
      ['POST', '/v1/replay'],
      ['GET', '/v1/completeness?cluster=123456789012/us-east-1/shop&from=2026-11-21&to=2026-11-22'],
    ];
    for (const [method, path] of paths) {
      assert.equal((await api.call(path, { method, key: '' })).status, 401, path);
      assert.equal((await api.call(path, { method, key: 'a-key-that-nobody-has-given' })).status, 403, path);
    }
  });

  it('open the clusters that they are bound to and no others', async () => {
    const at = (account: string, region: string, cluster: string) =>
      `/v1/container-metrics/upload?cloud_account_id=${account}&region=${region}&cluster_name=${cluster}&shipper_id=s`;
    assert.equal(await upload(API_KEY, at('123456789012', 'us-west-2', 'shop-eu.1')), 200);
    assert.equal(await upload(API_KEY, at('123456789013', 'us-east-1', 'shop')), 403);
    assert.equal(await upload(API_KEY, at('123456789012', 'eu-west-1', 'shop')), 403);
    assert.equal(await upload(API_KEY, at('123456789012', 'us-east-1', 'shopper')), 403);
    assert.equal(await upload(OTHER_KEY, at('000000000000', 'eu-west-1', 'anything')), 200);
    assert.equal(await upload(OTHER_KEY, UPLOAD_PATH), 403);
    const replay = {
      account: '000000000000',
      region: 'us-east-1',
      cluster: 'shop',
      referenceIds: ['metrics_1795255200000_1795257000000.parquet'],
      shipperId: 's',
    };
    assert.equal((await api.call('/v1/replay', { body: replay })).status, 403);
    const completeness = '/v1/completeness?cluster=000000000000/us-east-1/shop&from=2026-11-21&to=2026-11-22';
    assert.equal((await api.call(completeness, { method: 'GET' })).status, 403);
  });

  it('are rotated without a restart: added, both good, taken away', async () => {
    const fresh = 'a-fresh-key-of-the-shop-0003';
    const sha256 = createHash('sha256').update(fresh).digest('hex');
    assert.equal(await upload(fresh), 403);
    writeKeys(api.keysFile, [
      { name: 'old', key: API_KEY, ...everything },
      { name: 'fresh', sha256, ...everything },
    ]);
    assert.deepEqual([await upload(API_KEY), await upload(fresh)], [200, 200]);
    writeKeys(api.keysFile, [{ name: 'fresh', sha256, ...everything }]);
    assert.deepEqual([await upload(API_KEY), await upload(fresh)], [403, 200]);
  });

  it('let nobody in while their file is unusable, which is 503 and not 403, and comes right by itself', async () => {
    for (const spoil of [() => writeFileSync(api.keysFile, '[{"name":"half'), () => unlinkSync(api.keysFile)]) {
      spoil();
      const answer = await api.call(UPLOAD_PATH, { body: FILES });
      assert.equal(answer.status, 503);
      assert.match(answer.headers.get('retry-after') ?? '', /^[0-9]+$/);
      const ready = await api.call('/readyz', { method: 'GET' });
      assert.equal(ready.status, 503);
      assert.match(await ready.text(), /^KEYS_FILE /);
      writeKeys(api.keysFile, [{ name: 'shop', key: API_KEY, ...everything }]);
      assert.equal(await upload(API_KEY), 200);
      assert.equal((await api.call('/readyz', { method: 'GET' })).status, 200);
    }
  });
});

describe('keys file of the upload API', () => {
  const faults = [
    ['no JSON', 'secret-that-is-no-json', /is not JSON/],
    ['no key', '[]', /holds no key/],
    ['a short key', [{ name: 'a', key: 'short', ...everything }], /0\.key is shorter than 16 characters/],
    ['both key and hash', [{ name: 'a', key: API_KEY, sha256: 'a'.repeat(64), ...everything }], /0 must have one of key and sha256/],
    ['neither', [{ name: 'a', ...everything }], /0 must have one of key and sha256/],
    ['no clusters', [{ name: 'a', key: API_KEY, accounts: ['*'], regions: ['*'] }], /0\.clusters/],
    ['an empty list', [{ name: 'a', key: API_KEY, ...everything, regions: [] }], /0\.regions/],
    [
      'a pattern that is none',
      [{ name: 'a', key: API_KEY, ...everything, regions: ['us-(east|west)-1'] }],
      /0\.regions\.0 is not a name with \*/,
    ],
    ['an unknown member', [{ name: 'a', key: API_KEY, ...everything, admin: true }], /admin/],
  ] as const;

  for (const [what, content, expected] of faults) {
    it(`stops the start and says why, without the key: ${what}`, async () => {
      const dir = mkdtempSync(join(tmpdir(), 'tallyship-keys-'));
      const path = join(dir, 'keys.json');
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
      const settings = readSettings(UPLOAD_API_SETTINGS, { KEYS_FILE: path, STORE_BUCKET: 'lake', UPLOAD_API_PORT: '0' });
      const error = await startUploadApi(settings).then(
        () => assert.fail('started'),
        (fault: Error) => fault,
      );
      rmSync(dir, { recursive: true });
      assert.equal(error.name, 'SettingsError');
      assert.match(error.message, /^KEYS_FILE /);
      assert.match(error.message, expected);
      assert.doesNotMatch(error.message, new RegExp(`${API_KEY}|short$|secret-that`));
    });
  }
});
