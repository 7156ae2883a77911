import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { presignPut } from '../../support/presign.ts';
import { rawRequest } from '../../support/raw-http.ts';
import { API_KEY, type RunningApi, SHOP, STORE_CREDENTIALS, startApi, UPLOAD_PATH } from './running-api.ts';

const ID = 'usage_1795255200000_1795258800000_collector-0-1.parquet';
const BODY = Buffer.from('an hour');

describe('hostile senders', () => {
  let api: RunningApi;
  before(async () => {
    api = await startApi({ REQUESTS_PER_MINUTE: '1000000', MAX_OPEN_URLS: '10000000' });
  });
  after(() => api.stop());

  it('get a clear answer to any JSON on any path, never a fault of our own', async () => {
    const text = fc.oneof(fc.constantFrom(ID, SHOP.account, SHOP.cluster, 'shipper-1', '..', '', '__proto__'), fc.string());
    const file = fc.record(
      { reference_id: text, sha_256: fc.oneof(text, fc.constant('a'.repeat(64))), size: fc.oneof(fc.nat(), fc.double(), text) },
      { requiredKeys: [] },
    );
    const shaped = fc.oneof(
      fc.record({ shipperId: text, files: fc.array(file, { maxLength: 5 }) }, { requiredKeys: [] }),
      fc.array(fc.record({ reference_id: text, reason: text }, { requiredKeys: [] }), { maxLength: 5 }),
      fc.record(
        { account: text, region: text, cluster: text, shipperId: text, referenceIds: fc.array(text, { maxLength: 3 }) },
        { requiredKeys: [] },
      ),
    );
    const paths = [UPLOAD_PATH, UPLOAD_PATH.replace('/upload?', '/abandon?'), '/v1/replay', '/v1/container-metrics/status'];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.oneof(shaped, fc.jsonValue()), fc.nat(3), async (path, body, cut) => {
        const json = JSON.stringify(body);
        const answer = await api.call(path, { body: cut === 0 ? json.slice(0, -1) : json });
        const said = await answer.text();
        assert.ok([200, 202, 400, 403].includes(answer.status), `${answer.status} ${said} to ${path} ${json}`);
        assert.doesNotMatch(said, /internal error| at .*\.ts:/);
      }),
      { numRuns: 400 },
    );
  });

  it('get a clear answer to any query', async () => {
    const value = fc.oneof(
      fc.constantFrom('123456789012', 'us-east-1', 'shop', '1', '3600', '%', '%zz', '../x', '1e3', '-0', '99999999999999999999'),
      fc.string(),
    );
    const names = ['cluster_name', 'cloud_account_id', 'region', 'count', 'expiration', 'shipper_id', 'cluster', 'from', 'to'];
    const query = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/v1/container-metrics/upload', '/v1/completeness'),
        query,
        fc.boolean(),
        async (path, pairs, isRaw) => {
          const text = pairs
            .map(([name, each]) => `${name}=${isRaw ? each.replaceAll(/[^!-~]|[#?]/g, '') : encodeURIComponent(each.toWellFormed())}`)
            .join('&');
          const answer = await api.call(`${path}?${text}`, { method: path.endsWith('upload') ? 'POST' : 'GET' });
          assert.ok([200, 400, 403].includes(answer.status), `${answer.status} ${await answer.text()} to ${path}?${text}`);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('cannot use a URL that has been changed in any one place', async () => {
    const address = { url: api.store.url, bucket: 'lake', credentials: STORE_CREDENTIALS };
    const url = await presignPut(address, 'usage/v1/a=1/b.parquet', {
      bytes: BODY.length,
      sha256: 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=',
    });
    const start = `${api.store.url}/lake/`.length;
    const before = readdirSync(join(api.dir, 'lake'), { recursive: true }).sort();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: start, max: url.length - 1 }), fc.constantFrom(...'aZ09%=&/.-+;'), async (place, character) => {
        const changed = `${url.slice(0, place)}${character}${url.slice(place + 1)}`;
        // The operation's name, which is for logs, is signed too; a hex digit in the other case is the same escape.
        if (decodeURIComponentSafely(changed) === decodeURIComponentSafely(url)) return;
        const answer = await rawRequest(changed, { method: 'PUT', headers: { 'content-length': BODY.length }, body: BODY });
        assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} to ${changed}`);
      }),
      { numRuns: 400 },
    );
    assert.deepEqual(readdirSync(join(api.dir, 'lake'), { recursive: true }).sort(), before);
  });

  it('get a 4xx for requests that are hardly HTTP, and the services go on', async () => {
    const lines = [
      'PUT /lake/../../etc/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx',
      'PUT //lake//x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx',
      'PUT lake/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx',
      'GET /lake/%00 HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /lake/%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n',
      `GET /lake/x HTTP/1.1\r\nHost: x\r\nAuthorization: AWS4-HMAC-SHA256 ${'x'.repeat(8000)}\r\n\r\n`,
      `GET /lake/x HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      'POST /v1/container-metrics/upload?%zz=%zz HTTP/1.1\r\nHost: x\r\nAuthorization: k\r\nContent-Length: 0\r\n\r\n',
      `POST /v1/container-metrics/upload HTTP/1.1\r\nHost: x\r\nAuthorization: ${API_KEY}\r\nContent-Length: -1\r\n\r\n`,
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
      'BREW /lake/x HTTP/1.1\r\nHost: x\r\n\r\n',
    ];
    for (const url of [api.url, api.store.url]) {
      for (const line of lines) assert.match(await rawSend(url, line), /^HTTP\/1\.1 4[0-9]{2} /, `${line.slice(0, 60)} to ${url}`);
    }
    assert.equal((await api.call('/readyz', { method: 'GET' })).status, 200);
  });

  it('do not gain by credentials of the store that are rotated: the new ones count at once, without a restart', async () => {
    const file = join(api.dir, 'credentials.json');
    writeFileSync(file, JSON.stringify({ ...STORE_CREDENTIALS, secretAccessKey: 'not-the-secret' }));
    const spoiled = (await (await api.call(UPLOAD_PATH, { body: { files: [{ reference_id: ID }] } })).json()) as Record<string, string>;
    assert.equal((await rawRequest(spoiled[ID], { method: 'PUT', headers: { 'content-length': 7 }, body: BODY })).status, 403);
    assert.equal((await api.call('/readyz', { method: 'GET' })).status, 503);
    writeFileSync(file, JSON.stringify(STORE_CREDENTIALS));
    const urls = (await (await api.call(UPLOAD_PATH, { body: { files: [{ reference_id: ID }] } })).json()) as Record<string, string>;
    assert.equal((await rawRequest(urls[ID], { method: 'PUT', headers: { 'content-length': 7 }, body: BODY })).status, 200);
    assert.equal((await api.call('/readyz', { method: 'GET' })).status, 200);
  });
});

function rawSend(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let said = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      said += chunk;
      socket.destroy();
    });
    socket.on('close', () => resolve(said));
    socket.on('error', (error) => (said === '' ? reject(error) : resolve(said)));
    socket.write(text);
  });
}

function decodeURIComponentSafely(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
