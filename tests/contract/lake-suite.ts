import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bucketFiles } from '../../services/console/bucket-files.ts';
import { FileCache } from '../../services/console/file-cache.ts';
import { folderFiles, type LakeFiles } from '../../services/cost/lake-files.ts';
import { HOUR_MS, lakeKey } from '../../services/shared/contracts/lake-key.ts';
import { type ObjectStore, openObjectStore } from '../../services/shared/storage/object-store.ts';
import type { StoreAddress } from '../support/presign.ts';
import { temporaryDir } from '../support/tiny-lake.ts';

/** A lake whose files tests write and remove. */
export type TestLake = {
  files: LakeFiles;
  put(key: string, text: string): Promise<void>;
  remove(key: string): Promise<void>;
  close(): Promise<void>;
};

const DAY_MS = 24 * HOUR_MS;
const BASE = Date.UTC(2026, 10, 19);
const shop = { account: '000000000000', region: 'local', cluster: 'shop' };
const keyOf = (
  hourStartMs: number,
  { table = 'usage', replica = 'r0', ...identity }: Partial<typeof shop & { table: string; replica: string }> = {},
) => lakeKey({ ...shop, ...identity, table, hourStartMs, replica, generation: 1 });

/** The one suite that every way to a lake is held to. */
export function lakeSuite(name: string, open: () => Promise<TestLake>): void {
  describe(`lake contract: ${name}`, function () {
    this.timeout(120_000);
    let lake: TestLake;
    before(async () => {
      lake = await open();
    });
    after(() => lake?.close());
    const keysIn = async (fromMs: number, toMs: number) => (await lake.files.list('usage', fromMs, toMs)).map(lakeKey);
    const textsIn = (fromMs: number, toMs: number) =>
      lake.files.reading(async (openFiles) => {
        const found = await openFiles(await lake.files.list('usage', fromMs, toMs));
        return Promise.all(found.map(({ path }) => readFile(path, 'utf8')));
      });

    it('lists nothing while it is empty', async () => assert.deepEqual(await keysIn(BASE, BASE + DAY_MS), []));

    it('lists the hours asked for, of all clusters, in the order of their keys, and no foreign object', async () => {
      const others = [{ account: '000000000001' }, { region: 'eu-west-1' }, { cluster: 'shop-2' }, { cluster: 'shop0' }, { cluster: 'a' }];
      const wanted = [
        ...[0, 1, 23].map((hour) => keyOf(BASE + hour * HOUR_MS)),
        keyOf(BASE, { replica: 'r1' }),
        ...others.map((other) => keyOf(BASE + 5 * HOUR_MS, other)),
      ];
      const outside = [keyOf(BASE - HOUR_MS), keyOf(BASE + DAY_MS), keyOf(BASE + 3 * DAY_MS), keyOf(BASE, { table: 'samples' })];
      const foreign = ['usage/v1/readme.txt', 'usage/v1/account=1/note', `${dirname(keyOf(BASE))}/_SUCCESS`, 'elsewhere/v1/a'];
      for (const key of [...wanted, ...outside, ...foreign]) await lake.put(key, key);
      assert.deepEqual(await keysIn(BASE, BASE + DAY_MS), wanted.sort());
      assert.deepEqual(await keysIn(BASE + 3 * DAY_MS, BASE + 4 * DAY_MS), [outside[2]]);
      assert.deepEqual(await textsIn(BASE, BASE + HOUR_MS), [keyOf(BASE), keyOf(BASE, { replica: 'r1' })]);
    });

    it('opens a file under its own name, in its own folders', () =>
      lake.files.reading(async (openFiles) => {
        const [file] = await openFiles(await lake.files.list('usage', BASE, BASE + HOUR_MS));
        assert.ok(file?.path.endsWith(`/${keyOf(BASE)}`), file?.path);
      }));

    it('shows a file that was rewritten as it is now, and leaves out one that is gone since it was listed', async () => {
      const [running, old] = [keyOf(BASE + 10 * DAY_MS), keyOf(BASE + 10 * DAY_MS + HOUR_MS)];
      for (const key of [running, old]) await lake.put(key, 'one');
      assert.deepEqual(await textsIn(BASE + 10 * DAY_MS, BASE + 11 * DAY_MS), ['one', 'one']);
      await lake.put(running, 'two!');
      assert.deepEqual(await textsIn(BASE + 10 * DAY_MS, BASE + 11 * DAY_MS), ['two!', 'one']);
      const late = keyOf(BASE + 10 * DAY_MS + 2 * HOUR_MS);
      await lake.put(late, 'three');
      const listed = await lake.files.list('usage', BASE + 10 * DAY_MS, BASE + 11 * DAY_MS);
      await lake.remove(late);
      await lake.files.reading(async (openFiles) => {
        const readable = (await openFiles(listed)).map(({ path }) => readFile(path, 'utf8').catch(() => 'gone'));
        assert.deepEqual(
          (await Promise.all(readable)).filter((text) => text !== 'gone'),
          ['two!', 'one'],
        );
      });
    });

    it('serves many readers at one time', async () => {
      const all = await Promise.all(Array.from({ length: 12 }, (_, day) => textsIn(BASE - day * HOUR_MS, BASE + DAY_MS)));
      for (const texts of all) assert.ok(texts.includes(keyOf(BASE)));
    });

    it('lists more than a page of keys', async () => {
      const day = BASE + 20 * DAY_MS;
      const keys = Array.from({ length: 1100 }, (_, i) => keyOf(day + (i % 24) * HOUR_MS, { replica: `r${i}` }));
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          for (let key = keys.pop(); key; key = keys.pop()) await lake.put(key, 'x');
        }),
      );
      assert.equal((await keysIn(day, day + DAY_MS)).length, 1100);
    });
  });
}

export async function folderLake(): Promise<TestLake> {
  const { dir, remove } = await temporaryDir();
  return {
    files: folderFiles(dir),
    put: async (key, text) => {
      await mkdir(dirname(join(dir, key)), { recursive: true });
      await writeFile(join(dir, key), text);
    },
    remove: (key) => rm(join(dir, key)),
    close: remove,
  };
}

/** A bucket of a store that `start` starts, behind a cache of `maxBytes`. */
export async function bucketLake(start: () => Promise<StoreAddress & { stop(): Promise<void> }>, maxBytes = 1_000_000): Promise<TestLake> {
  const { dir, remove } = await temporaryDir();
  const address = await start();
  const store = await openStore(dir, address);
  return {
    files: bucketFiles(store, await FileCache.in(join(dir, 'cache'), maxBytes, store.read)),
    put: (key, text) => store.put(key, Buffer.from(text)),
    remove: (key) => store.remove(key),
    close: async () => {
      store.close();
      await address.stop();
      await remove();
    },
  };
}

async function openStore(dir: string, { url, bucket, credentials }: StoreAddress): Promise<ObjectStore> {
  const credentialsFile = join(dir, 'credentials.json');
  await writeFile(credentialsFile, JSON.stringify(credentials));
  return openObjectStore({ endpoint: url, bucket, region: 'us-east-1', credentialsFile });
}
