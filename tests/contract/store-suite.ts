import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ObjectStore, openObjectStore, StoreError } from '@tallyship/shared/storage/object-store';
import type { StoreAddress } from '../support/presign.ts';
import { rawRequest } from '../support/raw-http.ts';
import { STORE_CASES } from './store-cases.ts';
import { STORE_OUTCOMES, type StoreName } from './store-outcomes.ts';

export type RunningStore = StoreAddress & { stop(): Promise<void> };

/** The one suite that every store is held to. */
export function storeSuite(name: StoreName, start: () => Promise<RunningStore>): void {
  describe(`store contract: ${name}`, () => {
    let address: RunningStore;
    let dir: string;
    let store: ObjectStore;
    const open = (credentials: StoreAddress['credentials'], bucket = address.bucket) => {
      const credentialsFile = join(dir, `${credentials.secretAccessKey}.json`);
      writeFileSync(credentialsFile, JSON.stringify(credentials));
      return openObjectStore({ endpoint: address.url, bucket, region: 'us-east-1', credentialsFile });
    };

    before(async function () {
      this.timeout(120_000);
      dir = mkdtempSync(join(tmpdir(), 'tallyship-store-'));
      address = await start();
      store = open(address.credentials);
    });
    after(async () => {
      store?.close();
      await address?.stop();
      rmSync(dir, { recursive: true, force: true });
    });

    for (const { name: what, run } of STORE_CASES) {
      const expected = STORE_OUTCOMES[what as keyof typeof STORE_OUTCOMES][name];
      it(`${what}: ${expected}`, async () => assert.equal(await run(address), expected));
    }

    it('takes what our own presigner has bound to it, and shows it whole', async () => {
      const body = Buffer.from('usage of an hour');
      const sha256 = createHash('sha256').update(body);
      const digest = sha256.digest();
      const key = 'usage/v1/account=000000000000/region=local/cluster=local/date=2026-11-21/bound.parquet';
      const url = await store.presignPut(key, { expiresS: 60, bound: { bytes: body.length, sha256: digest.toString('hex') } });
      const headers = { 'content-length': body.length, 'x-amz-checksum-sha256': digest.toString('base64') };
      assert.equal((await rawRequest(url, { method: 'PUT', headers, body })).status, 200);
      assert.deepEqual(Buffer.from((await store.get(key)) ?? []), body);
      assert.deepEqual(Buffer.from((await store.get(key, { from: 6, to: 7 })) ?? []), Buffer.from('of'));
      const head = await store.head(key);
      assert.equal(head?.bytes, body.length);
      assert.ok(Math.abs((head?.modifiedMs ?? 0) - Date.now()) < 60_000, 'modified now');
    });

    it('puts no checksum into a URL that is not bound', async () => {
      const url = await store.presignPut('free', { expiresS: 60 });
      assert.doesNotMatch(url, /checksum|crc32/i);
      assert.equal(new URL(url).searchParams.get('X-Amz-SignedHeaders'), 'host');
    });

    it('takes a body that asks whether it may come (Expect: 100-continue)', async () => {
      const body = Buffer.alloc(3 * 1024 * 1024, 'large;');
      await store.put('large', body);
      assert.deepEqual(Buffer.from((await store.get('large')) ?? []), body);
    });

    it('knows nothing of what is not there, and removes it all the same', async () => {
      assert.equal(await store.head('not/there'), undefined);
      assert.equal(await store.get('not/there'), undefined);
      await store.remove('not/there');
    });

    it('lists the keys under a prefix in the order of their bytes, over pages', async () => {
      const names = ['a-b', 'a.b', 'a/1', 'a/2=%&<>', 'a/2=+ x', 'a/ä', 'a0', 'b'].map((each) => `list/${each}`);
      for (const name of names) await store.put(name, Buffer.from(name));
      const expected = names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(await keysOf(store.list('list/', { pageSize: 3 })), expected);
      assert.deepEqual(
        await keysOf(store.list('list/a/', { pageSize: 1 })),
        expected.filter((name) => name.startsWith('list/a/')),
      );
      assert.deepEqual(
        await keysOf(store.list('list/a', { pageSize: 1000 })),
        expected.filter((name) => name.startsWith('list/a')),
      );
      assert.deepEqual(await keysOf(store.list('nowhere/')), []);
      for await (const { key, bytes, modifiedMs } of store.list('list/', { pageSize: 3 })) {
        assert.equal(bytes, Buffer.byteLength(key));
        assert.ok(Math.abs(modifiedMs - Date.now()) < 60_000, `${key} was modified now`);
      }
      await store.remove('list/a/1');
      assert.equal((await keysOf(store.list('list/'))).length, names.length - 1);
    });

    it('says which request failed, and nothing of its credentials', async () => {
      const strange = open(address.credentials, 'no-such-bucket');
      const error = await strange.put('key', Buffer.from('x')).then(
        () => assert.fail('stored'),
        (fault: unknown) => fault,
      );
      strange.close();
      assert.ok(error instanceof StoreError);
      assert.match(error.message, /^put key: /);
      assert.equal(error.status, 404);
      assert.doesNotMatch(JSON.stringify(error, Object.getOwnPropertyNames(error)), new RegExp(address.credentials.secretAccessKey));
    });
  });
}

async function keysOf(objects: AsyncIterable<{ key: string }>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of objects) keys.push(key);
  return keys;
}
