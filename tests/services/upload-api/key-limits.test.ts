import assert from 'node:assert/strict';
import { HttpError } from '@tallyship/shared/runtime/http-error';
import { KeyLimits } from '../../../services/upload-api/keys/key-limits.ts';
import { OTHER_KEY, startApi, UPLOAD_PATH } from './running-api.ts';

const START_MS = 1_795_255_200_000;

describe('limits of a key', () => {
  it('let a whole minute of requests through at once, then one at a time, each key for itself', () => {
    const limits = new KeyLimits({ requestsPerMinute: 60, maxOpenUrls: 200 });
    for (let sent = 0; sent < 60; sent++) limits.takeRequest('a', START_MS);
    assert.deepEqual(
      refusal(() => limits.takeRequest('a', START_MS)),
      [429, 1],
    );
    limits.takeRequest('b', START_MS);
    assert.deepEqual(
      refusal(() => limits.takeRequest('a', START_MS + 900)),
      [429, 1],
    );
    limits.takeRequest('a', START_MS + 1_000);
    assert.deepEqual(
      refusal(() => limits.takeRequest('a', START_MS + 1_000)),
      [429, 1],
    );
    for (let sent = 0; sent < 60; sent++) limits.takeRequest('a', START_MS + 3_600_000);
    assert.deepEqual(
      refusal(() => limits.takeRequest('a', START_MS + 3_600_000)),
      [429, 1],
    );
  });

  it('do not take a clock that steps back for time that has passed', () => {
    const limits = new KeyLimits({ requestsPerMinute: 1, maxOpenUrls: 200 });
    limits.takeRequest('a', START_MS);
    assert.deepEqual(
      refusal(() => limits.takeRequest('a', START_MS - 3_600_000)),
      [429, 60],
    );
  });

  it('count URLs until they expire, and say when that is', () => {
    const limits = new KeyLimits({ requestsPerMinute: 1, maxOpenUrls: 300 });
    limits.takeUrls('a', 200, 3600, START_MS);
    limits.takeUrls('a', 100, 60, START_MS);
    assert.equal(limits.openUrls(START_MS), 300);
    assert.deepEqual(
      refusal(() => limits.takeUrls('a', 1, 60, START_MS + 10_000)),
      [503, 50],
    );
    limits.takeUrls('b', 1, 60, START_MS);
    limits.takeUrls('a', 100, 60, START_MS + 60_000);
    assert.equal(limits.openUrls(START_MS + 3_600_000), 0);
  });

  it('are answered over HTTP with Retry-After and show in the telemetry', async () => {
    const nowMs = Date.now();
    const api = await startApi({ REQUESTS_PER_MINUTE: '3', MAX_OPEN_URLS: '200' }, () => nowMs);
    try {
      const all = UPLOAD_PATH.replace('count=1', 'count=200');
      assert.equal((await api.call(all)).status, 200);
      const full = await api.call(UPLOAD_PATH);
      assert.deepEqual([full.status, full.headers.get('retry-after')], [503, '3600']);
      assert.match(((await full.json()) as { message: string }).message, /200 upload URLs are open, limit 200; .*MAX_OPEN_URLS/);
      await api.call(UPLOAD_PATH);
      const fast = await api.call(UPLOAD_PATH);
      assert.deepEqual([fast.status, fast.headers.get('retry-after')], [429, '20']);
      assert.match(((await fast.json()) as { message: string }).message, /REQUESTS_PER_MINUTE/);
      const other = UPLOAD_PATH.replace('123456789012', '000000000000');
      assert.equal((await api.call(other, { key: OTHER_KEY })).status, 200);
      const metrics = await (await api.call('/metrics', { method: 'GET' })).text();
      for (const line of ['upload_api_open_urls 201', 'refused_requests_total{status="503"} 2', 'refused_requests_total{status="429"} 1'])
        assert.ok(metrics.includes(line), line);
    } finally {
      await api.stop();
    }
  });
});

function refusal(act: () => void): [number, number | undefined] {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof HttpError);
    return [error.status, error.retryAfterS];
  }
  return assert.fail('let through');
}
