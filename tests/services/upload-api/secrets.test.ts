import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { presignPut } from '../../support/presign.ts';
import { rawRequest } from '../../support/raw-http.ts';
import { API_KEY, OTHER_KEY, type RunningApi, SHOP, STORE_CREDENTIALS, startApi, UPLOAD_PATH } from './running-api.ts';

const ID = 'usage_1795255200000_1795258800000_collector-0-1.parquet';

describe('secrets of the upload API and the local store', () => {
  it('are in no log, no answer but the URLs themselves, and no telemetry, whatever goes wrong', async () => {
    const api = await startApi({ LOG_LEVEL: 'trace' });
    const secrets = [API_KEY, OTHER_KEY, 'a-wrong-key-somebody-sent', STORE_CREDENTIALS.secretAccessKey, 'a-secret-that-is-wrong'];
    const answers: string[] = [];
    try {
      const read = async (answer: Promise<Response>) => void answers.push(await (await answer).text());
      const urls = await uploadUrls(api);
      for (const url of urls) secrets.push(signatureOf(url));
      const [url] = urls;
      const headers = { 'content-length': 4 };
      for (const bad of [
        url,
        url.replace('X-Amz-Expires=60', 'X-Amz-Expires=61'),
        `${url}&X-Amz-Date=x`,
        url.replace('/lake/', '/lake/../'),
      ]) {
        answers.push(String((await rawRequest(bad, { method: 'PUT', headers, body: Buffer.from('body') })).body));
        answers.push(String((await rawRequest(bad, { method: 'POST', headers, body: Buffer.from('body') })).body));
      }
      const store = { url: api.store.url, bucket: 'lake', credentials: STORE_CREDENTIALS };
      const strange = await presignPut(store, 'k', { credentials: { accessKeyId: 'STRANGER', secretAccessKey: 'a-secret-that-is-wrong' } });
      secrets.push(signatureOf(strange));
      answers.push(String((await rawRequest(strange, { method: 'PUT', headers, body: Buffer.from('body') })).body));

      await read(api.call(UPLOAD_PATH, { key: 'a-wrong-key-somebody-sent', body: { files: [] } }));
      await read(api.call(UPLOAD_PATH, { key: `Bearer ${OTHER_KEY}`, body: { files: [] } }));
      await read(api.call(UPLOAD_PATH, { body: '{"files"' }));
      await read(api.call('/v1/replay', { body: { ...SHOP, referenceIds: [ID] } }));
      await read(api.call('/v1/nothing'));
      // The store refuses what the API signs, then cannot be signed for at all, then the keys are gone.
      writeFileSync(join(api.dir, 'credentials.json'), JSON.stringify({ ...STORE_CREDENTIALS, secretAccessKey: 'a-secret-that-is-wrong' }));
      await failing(api, read);
      writeFileSync(join(api.dir, 'credentials.json'), `{"secretAccessKey": "${STORE_CREDENTIALS.secretAccessKey}`);
      await failing(api, read);
      writeFileSync(api.keysFile, `[{"key": "${API_KEY}"}]`);
      await failing(api, read);
      await read(api.call('/metrics', { method: 'GET' }));

      const places = { log: api.logged(), answers: answers.join('\n') };
      assert.match(places.log, /replay orders cannot be read|request failed/, 'the faults have shown');
      assert.match(places.answers, /upload_api_store_failures_total [1-9]/);
      for (const [place, text] of Object.entries(places)) {
        for (const secret of secrets) {
          for (const form of [secret, Buffer.from(secret).toString('base64'), createHash('sha256').update(secret).digest('hex')])
            assert.ok(
              !text.includes(form),
              `${place} holds ${form}: …${text.slice(Math.max(0, text.indexOf(form) - 300), text.indexOf(form))}`,
            );
        }
      }
    } finally {
      await api.stop();
    }
  });
});

async function failing(api: RunningApi, read: (answer: Promise<Response>) => Promise<void>): Promise<void> {
  await read(api.call('/readyz', { method: 'GET' }));
  await read(api.call('/v1/replay', { body: { ...SHOP, referenceIds: [ID] } }));
  await read(api.call('/v1/completeness?cluster=123456789012/us-east-1/shop&from=2026-11-21&to=2026-11-22', { method: 'GET' }));
  // The answer itself holds URLs, which are what the sender asked for.
  await api.call(UPLOAD_PATH, { body: { files: [{ reference_id: ID }] } });
}

async function uploadUrls(api: RunningApi): Promise<string[]> {
  const open = (await (await api.call(UPLOAD_PATH, { body: { files: [{ reference_id: ID }] } })).json()) as Record<string, string>;
  const bound = { reference_id: ID, size: 4, sha_256: createHash('sha256').update('body').digest('hex') };
  const tied = (await (await api.call(UPLOAD_PATH, { body: { files: [bound] } })).json()) as Record<string, string>;
  const { urls } = (await (await api.call(UPLOAD_PATH)).json()) as { urls: string[] };
  return [open[ID], tied[ID], ...urls];
}

function signatureOf(url: string): string {
  const signature = new URL(url).searchParams.get('X-Amz-Signature');
  assert.match(signature ?? '', /^[0-9a-f]{64}$/);
  return signature as string;
}
