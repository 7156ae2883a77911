import assert from 'node:assert/strict';
import { readdir, readFile, truncate } from 'node:fs/promises';
import { type CacheFullError, FileCache, type WantedObject } from '../../../services/console/file-cache.ts';
import { temporaryDir } from '../../support/tiny-lake.ts';

const LIMIT = 100;
const wanted = (key: string, bytes = 40, version = '1'): WantedObject => ({ key, version, bytes });

describe('cache of lake files', () => {
  let fetches: string[];
  let held: Promise<void> | undefined;
  let fault: Error | undefined;
  let cache: FileCache;
  let dir: string;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    ({ dir, remove } = await temporaryDir());
    fetches = [];
    [held, fault] = [undefined, undefined];
    cache = await FileCache.in(dir, LIMIT, async (key, sink) => {
      fetches.push(key);
      await sink(Buffer.from('half-'));
      await held;
      if (fault) throw fault;
      if (key === 'gone') return undefined;
      await sink(Buffer.alloc(35, key.slice(0, 1)));
      return 40;
    });
  });
  afterEach(() => remove());
  const read = (...objects: WantedObject[]) =>
    cache.reading(async (open) => Promise.all((await open(objects)).map((path) => path && readFile(path, 'utf8'))));
  const filesLeft = async () => (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;

  it('fetches a version once, and another one again', async () => {
    const a = `half-${'a'.repeat(35)}`;
    assert.deepEqual(await read(wanted('a')), [a]);
    assert.deepEqual(await read(wanted('a')), [a]);
    assert.deepEqual(await read(wanted('a', 40, '2')), [a]);
    assert.deepEqual(fetches, ['a', 'a']);
    assert.deepEqual(cache.use, { bytes: 80, fetchedBytes: 80 });
  });

  it('lets the copy go that was used longest ago, never one that is read', async () => {
    await read(wanted('a'));
    await read(wanted('b'));
    await read(wanted('a'));
    await read(wanted('c'));
    await read(wanted('a'), wanted('c'));
    assert.deepEqual(fetches, ['a', 'b', 'c']);
    await cache.reading(async (open) => {
      const [path = ''] = await open([wanted('a')]);
      await read(wanted('b'));
      await read(wanted('d'));
      assert.equal((await readFile(path, 'utf8')).length, 40);
    });
    assert.ok(cache.use.bytes <= LIMIT);
    assert.equal(await filesLeft(), 2);
  });

  it('says which setting is too small for a query, fetches nothing of it and goes on', async () => {
    await assert.rejects(read(wanted('a'), wanted('b'), wanted('c')), (error: CacheFullError) => {
      assert.equal(error.message, 'the query reads 120 bytes of the lake at one time, limit 100; raise CACHE_MAX_BYTES');
      return true;
    });
    assert.deepEqual(fetches, []);
    assert.equal((await read(wanted('a'), wanted('b'))).length, 2);
  });

  it('fetches what many want at one time once', async () => {
    let release = () => {};
    held = new Promise((resolve) => {
      release = resolve;
    });
    const readers = Promise.all(Array.from({ length: 5 }, () => read(wanted('a'))));
    while (fetches.length === 0) await new Promise(setImmediate);
    // Room that is reserved for what is on its way is not given away.
    await assert.rejects(read(wanted('b'), wanted('c')), /limit 100/);
    release();
    assert.equal(new Set((await readers).flat()).size, 1);
    assert.deepEqual(fetches, ['a']);
  });

  it('keeps nothing of what came in part or is gone', async () => {
    fault = new Error('the store went away');
    await assert.rejects(read(wanted('a'), wanted('b')), /the store went away/);
    fault = undefined;
    assert.deepEqual(await read(wanted('gone')), [undefined]);
    assert.deepEqual([cache.use.bytes, await filesLeft()], [0, 0]);
    assert.equal((await read(wanted('a'), wanted('b'))).length, 2);
  });

  it('fetches a copy again that was cut or removed', async () => {
    const path = await cache.reading(async (open) => (await open([wanted('a')]))[0] as string);
    await truncate(path, 3);
    assert.deepEqual(
      (await read(wanted('a'))).map((text) => text?.length),
      [40],
    );
    assert.deepEqual(fetches, ['a', 'a']);
  });

  it('knows nothing of an earlier process, and leaves what is not its own', async () => {
    await read(wanted('a'));
    const next = await FileCache.in(dir, LIMIT, async () => undefined);
    assert.deepEqual([next.use.bytes, await filesLeft()], [0, 0]);
  });
});
