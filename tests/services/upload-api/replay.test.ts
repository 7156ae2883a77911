import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import type { ObjectStore } from '@tallyship/shared/storage/object-store';
import { UPLOAD_API_SETTINGS } from '@tallyship/upload-api/settings';
import { startUploadApi } from '@tallyship/upload-api/upload-api';
import { ReplayOrders } from '../../../services/upload-api/replay/replay-orders.ts';
import { sleep } from '../../support/child.ts';
import { rawRequest } from '../../support/raw-http.ts';
import { API_KEY, type RunningApi, SHOP, startApi, UPLOAD_PATH } from './running-api.ts';

type Order = { ref_id: string; url: string };
const usageId = (hour: number) =>
  `usage_${1_795_255_200_000 + hour * 3_600_000}_${1_795_258_800_000 + hour * 3_600_000}_collector-0-1.parquet`;

describe('replays', () => {
  let api: RunningApi;
  let aheadMs: number;
  beforeEach(async () => {
    aheadMs = 0;
    api = await startApi({}, () => Date.now() + aheadMs);
  });
  afterEach(() => api.stop());

  const order = async (referenceIds: string[], shipperId?: string) => {
    const answer = await api.call('/v1/replay', { body: { ...SHOP, referenceIds, ...(shipperId && { shipperId }) } });
    assert.equal(answer.status, 202, await answer.text());
  };
  const offered = async (shipperId = 'shipper-1', url = api.url): Promise<Order[]> => {
    const path = UPLOAD_PATH.replace('shipper-1', shipperId);
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers: { authorization: API_KEY }, body: '{"files":[]}' });
    assert.equal(answer.status, 200);
    const header = answer.headers.get('x-cloudzero-replay');
    if (header !== null) assert.ok(header.length <= 8192, `header of ${header.length} bytes`);
    return header === null ? [] : (JSON.parse(header) as Order[]);
  };
  const abandon = async (shipperId: string, ids: string[]) => {
    const path = UPLOAD_PATH.replace('/upload?', '/abandon?').replace('shipper-1', shipperId);
    const body = ids.map((reference_id) => ({ reference_id, reason: 'failed to find this file locally' }));
    assert.equal((await api.call(path, { body })).status, 200);
  };

  it('are offered until the object has been written again, and come with a URL for it', async () => {
    await order([usageId(0)], 'shipper-1');
    const [first] = await offered();
    assert.equal(first.ref_id, usageId(0));
    assert.equal((await offered()).length, 1);
    assert.equal((await offered('shipper-2')).length, 0);
    await sleep(1_100);
    const body = Buffer.from('again');
    assert.equal((await rawRequest(first.url, { method: 'PUT', headers: { 'content-length': 5 }, body })).status, 200);
    assert.equal((await offered()).length, 0);
    const [[key, bytes]] = api.objects();
    assert.match(key, new RegExp(`^usage/v1/.*/${usageId(0)}$`));
    assert.deepEqual(bytes, body);
  });

  it('go on while the object is as old as the order: it may be the one that was complained about', async () => {
    const urls = (await (await api.call(UPLOAD_PATH, { body: { files: [{ reference_id: usageId(0) }] } })).json()) as Record<
      string,
      string
    >;
    await rawRequest(urls[usageId(0)], { method: 'PUT', headers: { 'content-length': 4 }, body: Buffer.from('torn') });
    await order([usageId(0)], 'shipper-1');
    assert.equal((await offered()).length, 1);
  });

  it('without a shipper are asked of each in turn, until one has sent it', async () => {
    await order([usageId(0)]);
    assert.equal((await offered('shipper-1')).length, 1);
    await abandon('shipper-1', [usageId(0)]);
    assert.equal((await offered('shipper-1')).length, 0);
    assert.equal((await offered('shipper-2')).length, 1);
  });

  it('end when the shipper that was asked abandons them; another one cannot end them', async () => {
    await order([usageId(0)], 'shipper-1');
    await abandon('shipper-2', [usageId(0)]);
    assert.equal((await offered()).length, 1);
    await abandon('shipper-1', [usageId(0), 'something-never-ordered.parquet']);
    assert.equal((await offered()).length, 0);
  });

  it('are given up when they are too old', async () => {
    await order([usageId(0)], 'shipper-1');
    aheadMs = 7 * 86_400_000 + 60_000;
    assert.equal((await offered()).length, 0);
    aheadMs = 0;
    assert.equal((await offered()).length, 0);
  });

  it('stay within their header, and all of many have their turn', async () => {
    const ids = Array.from({ length: 60 }, (_, hour) => usageId(hour));
    await order(ids, 'shipper-1');
    const seen = new Set<string>();
    for (let turn = 0; turn < ids.length && seen.size < ids.length; turn++) {
      const orders = await offered();
      assert.ok(orders.length >= 5, `${orders.length} orders in a header`);
      for (const { ref_id } of orders) seen.add(ref_id);
      aheadMs += 60_000;
    }
    assert.equal(seen.size, ids.length);
  });

  it('are known to every replica of the API, at once and after a restart', async () => {
    const env = {
      UPLOAD_API_PORT: '0',
      KEYS_FILE: api.keysFile,
      STORE_BUCKET: api.store.bucket,
      STORE_ENDPOINT: api.store.url,
      STORE_CREDENTIALS_FILE: join(api.dir, 'credentials.json'),
    };
    const second = await startUploadApi(readSettings(UPLOAD_API_SETTINGS, env), createLogger('upload-api', { level: 'silent' }));
    try {
      await order([usageId(0), usageId(1), usageId(0)], 'shipper-1');
      assert.deepEqual((await offered('shipper-1', second.url)).map(({ ref_id }) => ref_id).sort(), [usageId(0), usageId(1)]);
    } finally {
      await second.close();
    }
  });

  const refusals: [string, unknown, RegExp][] = [
    ['a CloudZero id without shipper', { ...SHOP, referenceIds: ['metrics_1795255200000_1795257000000.parquet'] }, /shipperId is missing/],
    ['an unknown id', { ...SHOP, referenceIds: ['../x'] }, /reference id/],
    ['no ids', { ...SHOP, referenceIds: [] }, /is empty/],
    ['too many ids', { ...SHOP, referenceIds: Array.from({ length: 1001 }, () => usageId(0)) }, /more than 1000/],
    ['a cluster that is none', { ...SHOP, cluster: '..', referenceIds: [usageId(0)] }, /cluster/],
    ['a shipper that is none', { ...SHOP, shipperId: 'a/b', referenceIds: [usageId(0)] }, /shipper id/],
    ['an unknown member', { ...SHOP, ids: [], referenceIds: [usageId(0)] }, /ids/],
  ];
  for (const [what, body, message] of refusals) {
    it(`are refused for ${what}`, async () => {
      const answer = await api.call('/v1/replay', { body });
      assert.equal(answer.status, 400);
      assert.match(((await answer.json()) as { message: string }).message, message);
    });
  }

  it('of one cluster are bounded', async () => {
    const keys = new Set<string>();
    const store = {
      put: async (key: string) => void keys.add(key),
      list: async function* () {
        for (const key of keys) yield { key, bytes: 0, modifiedMs: 0 };
      },
    } as unknown as ObjectStore;
    const replays = new ReplayOrders(store, { maxHeaderBytes: 8192, maxAgeMs: 1, now: () => 0 }, () => {});
    const ids = (from: number) => Array.from({ length: 1_000 }, (_, index) => usageId(from + index));
    await replays.order(SHOP, ids(0), 'shipper-1');
    await replays.order(SHOP, ids(1_000), 'shipper-1');
    await assert.rejects(replays.order(SHOP, [usageId(5_000)], 'shipper-1'), { status: 503, retryAfterS: 600 });
    assert.equal(keys.size, 2_000);
  });
});
