import assert from 'node:assert/strict';
import { UPLOAD_BASE_PATH } from '@tallyship/shared/contracts/upload-wire';
import { type RunningApi, startApi, UPLOAD_PATH } from './running-api.ts';

const ID = 'metrics_1795255200000_1795257000000.parquet';
const SHA256 = 'a'.repeat(64);
const files = (...ids: string[]) => ({ files: ids.map((reference_id) => ({ reference_id })) });
const without = (name: string) => UPLOAD_PATH.replace(new RegExp(`[&]?${name}=[^&]*`), '').replace('?&', '?');
const withValue = (name: string, value: string) => `${without(name)}&${name}=${encodeURIComponent(value)}`;

describe('upload URLs', () => {
  let api: RunningApi;
  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  const refusals: [string, number, RegExp, { path?: string; method?: string; body?: unknown }][] = [
    ['no cluster', 400, /cluster_name is missing/, { path: without('cluster_name'), body: files(ID) }],
    ['no account', 400, /cloud_account_id is missing/, { path: without('cloud_account_id'), body: files(ID) }],
    ['no region', 400, /region is missing/, { path: without('region'), body: files(ID) }],
    ['an account that leaves its folder', 400, /account "\.\.\/x"/, { path: withValue('cloud_account_id', '../x'), body: files(ID) }],
    ['a cluster that is no name', 400, /cluster "a\/b"/, { path: withValue('cluster_name', 'a/b'), body: files(ID) }],
    ['a shipper id that leaves its folder', 400, /shipper id "\.\.\/x"/, { path: withValue('shipper_id', '../x'), body: files(ID) }],
    ['a count that is none', 400, /count "-1"/, { path: withValue('count', '-1'), body: files(ID) }],
    ['a count over the limit', 400, /count "201" is not a whole number from 0 to 200/, { path: withValue('count', '201') }],
    ['no count and no body', 400, /count is missing/, { path: without('count') }],
    ['an expiration that is none', 400, /expiration "1h"/, { path: withValue('expiration', '1h'), body: files(ID) }],
    ['a body that is no JSON', 400, /not JSON/, { body: '{"files":' }],
    ['a body of another shape', 400, /expected object/, { body: [ID] }],
    ['an id that is no text', 400, /files\.0\.reference_id/, { body: { files: [{ reference_id: 7 }] } }],
    ['201 files', 400, /more than 200 files/, { body: files(...Array.from({ length: 201 }, () => ID)) }],
    ['a size without hash', 400, /both or neither/, { body: { files: [{ reference_id: ID, size: 1 }] } }],
    ['a hash without size', 400, /both or neither/, { body: { files: [{ reference_id: ID, sha_256: SHA256 }] } }],
    ['a hash that is none', 400, /64 lower-case hex digits/, { body: { files: [{ reference_id: ID, size: 1, sha_256: 'abc' }] } }],
    ['a size that is none', 400, /files\.0\.size/, { body: { files: [{ reference_id: ID, size: -1, sha_256: SHA256 }] } }],
    ['an unknown id', 400, /reference id "passwd"/, { body: files(ID, 'passwd') }],
    ['an id that leaves its folder', 400, /reference id/, { body: files('../../samples/v1/x.parquet') }],
    ['another method', 405, /use POST/, { method: 'PUT', body: files(ID) }],
    ['a body over the limit', 413, /MAX_BODY_BYTES/, { body: 'x'.repeat(1_048_577) }],
  ];
  for (const [what, status, message, { path = UPLOAD_PATH, ...options }] of refusals) {
    it(`are refused with ${status} for ${what}`, async () => {
      const answer = await api.call(path, options);
      assert.equal(answer.status, status);
      assert.match(((await answer.json()) as { message: string }).message, message);
      if (status === 405) assert.equal(answer.headers.get('allow'), 'POST');
    });
  }

  it('live as long as asked for, at most an hour', async () => {
    for (const [asked, given] of [
      ['60', '60'],
      ['3600', '3600'],
      ['86400', '3600'],
    ]) {
      const urls = (await (await api.call(withValue('expiration', asked), { body: files(ID) })).json()) as Record<string, string>;
      assert.equal(new URL(urls[ID]).searchParams.get('X-Amz-Expires'), given);
    }
  });

  it('bind length and hash as signed headers, and nothing when they are not given', async () => {
    const body = { files: [{ reference_id: ID, size: 7, sha_256: SHA256 }, { reference_id: ID.replace('metrics', 'observability') }] };
    const urls = (await (await api.call(UPLOAD_PATH, { body })).json()) as Record<string, string>;
    const signed = Object.values(urls).map((url) => new URL(url).searchParams.get('X-Amz-SignedHeaders'));
    assert.deepEqual(signed, ['content-length;host;x-amz-checksum-sha256', 'host']);
  });

  it('lead to the place of each id: the lake for its own files, a folder of the shipper for those of CloudZero', async () => {
    const ids = [
      ...['samples', 'usage', 'histograms', 'exemplars', 'shipments'].map(
        (table) => `${table}_1795255200000_1795258800000_collector-0-1.parquet`,
      ),
      ID,
    ];
    const urls = (await (await api.call(UPLOAD_PATH, { body: files(...ids) })).json()) as Record<string, string>;
    const cluster = 'account=123456789012/region=us-east-1/cluster=shop/date=2026-11-21';
    for (const id of ids) {
      const expected = id === ID ? `cloudzero/v1/${cluster}/shipper=shipper-1/${id}` : `${id.split('_')[0]}/v1/${cluster}/${id}`;
      assert.equal(decodeURIComponent(new URL(urls[id]).pathname), `/lake/${expected}`);
    }
  });

  it('of 2024 are exactly as many as asked for, each for another object, and none for none', async () => {
    for (const count of [0, 1, 200]) {
      const { urls } = (await (await api.call(withValue('count', String(count)))).json()) as { urls: string[] };
      assert.equal(new Set(urls.map((url) => new URL(url).pathname)).size, count);
      for (const url of urls)
        assert.match(decodeURIComponent(url), /\/cloudzero\/v1\/account=123456789012\/.*\/shipper=shipper-1\/upload_/);
    }
  });

  it('take the first of repeated cluster parameters', async () => {
    const answer = await api.call(`${UPLOAD_PATH}&cluster_name=other&cloud_account_id=000000000000`, { body: files(ID) });
    assert.match(decodeURIComponent(await answer.text()), /account=123456789012.*cluster=shop\//);
  });

  it('are answered to a chunked body, for nobody on the way to keep', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from(JSON.stringify(files(ID))));
        controller.close();
      },
    });
    const init: RequestInit = { method: 'POST', headers: { authorization: 'key-of-the-shop-cluster-0001' }, body, duplex: 'half' } as never;
    const answer = await fetch(`${api.url}${UPLOAD_PATH}`, init);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal((await api.call(`${UPLOAD_BASE_PATH}/nothing`)).status, 404);
  });

  it('need no object store: they are made while it is away, and readiness says that it is', async () => {
    const lonely = await startApi({ STORE_ENDPOINT: 'http://127.0.0.1:1' });
    try {
      assert.equal((await lonely.call(UPLOAD_PATH, { body: files(ID) })).status, 200);
      const ready = await lonely.call('/readyz', { method: 'GET' });
      assert.equal(ready.status, 503);
      assert.match(await ready.text(), /^object store: /);
      const replay = { account: '123456789012', region: 'us-east-1', cluster: 'shop', shipperId: 's', referenceIds: [ID] };
      const answer = await lonely.call('/v1/replay', { body: replay });
      assert.equal(answer.status, 503);
      assert.ok(answer.headers.get('retry-after'));
    } finally {
      await lonely.stop();
    }
  });
});
