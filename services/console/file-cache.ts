import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ByteSink } from '@tallyship/shared/storage/durable-file';

/** An object of a store in one of its versions. */
export type WantedObject = { key: string; version: string; bytes: number };
/** Gives the paths of copies, in the order of the objects; undefined for one that is gone. */
export type OpenCopies = (wanted: readonly WantedObject[]) => Promise<(string | undefined)[]>;
export type CacheUse = { bytes: number; fetchedBytes: number };

/** What is asked for at one time does not fit. */
export class CacheFullError extends Error {
  override name = 'CacheFullError';
}

/** Alone in its folder. `arrival` says whether there was such an object. */
type Copy = { folder: string; path: string; bytes: number; readers: number; isWhole: boolean; arrival: Promise<boolean> };
type Begun = { object: WantedObject; copy: Copy; resolve: (isThere: boolean) => void; reject: (error: unknown) => void };

const PARALLEL_FETCHES = 8;
const FOLDER = 'tallyship-lake-cache';

/**
 * Copies of a store's objects in a folder, bounded in bytes: whole or not there, and the one that was used longest ago goes first. What is
 * being read stays. Nothing is known of an earlier process, so what that one left is removed.
 */
export class FileCache {
  readonly #dir: string;
  readonly #maxBytes: number;
  readonly #fetch: (key: string, sink: ByteSink) => Promise<number | undefined>;
  /** In the order of their last use. */
  readonly #copies = new Map<string, Copy>();
  #serial = 0;
  #fetchedBytes = 0;

  private constructor(dir: string, maxBytes: number, fetch: (key: string, sink: ByteSink) => Promise<number | undefined>) {
    this.#dir = dir;
    this.#maxBytes = maxBytes;
    this.#fetch = fetch;
  }

  /**
   * @param parent folder in which the cache makes one of its own; no other process may use it
   * @param fetch hands on an object's bytes; undefined when there is none
   */
  static async in(
    parent: string,
    maxBytes: number,
    fetch: (key: string, sink: ByteSink) => Promise<number | undefined>,
  ): Promise<FileCache> {
    const dir = join(parent, FOLDER);
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
    return new FileCache(dir, maxBytes, fetch);
  }

  get dir(): string {
    return this.#dir;
  }

  get use(): CacheUse {
    return { bytes: sumOf(this.#copies.values()), fetchedBytes: this.#fetchedBytes };
  }

  /**
   * Copies that `open` gives stay until `work` has ended.
   * @throws CacheFullError naming CACHE_MAX_BYTES when what is read at one time exceeds it; what `fetch` throws
   */
  async reading<T>(work: (open: OpenCopies) => Promise<T>): Promise<T> {
    const held: Copy[] = [];
    try {
      return await work((wanted) => this.#open(wanted, held));
    } finally {
      for (const copy of held) copy.readers -= 1;
    }
  }

  async #open(wanted: readonly WantedObject[], held: Copy[]): Promise<(string | undefined)[]> {
    await this.#dropDamaged(wanted);
    // Until all room is reserved nothing is awaited: two readers cannot give the same room away twice.
    const present = wanted.filter((object) => this.#copies.has(nameOf(object)));
    const missing = wanted.filter((object) => !this.#copies.has(nameOf(object)));
    for (const object of present) this.#hold(object, held);
    const leaving = this.#roomFor(sumOf(missing));
    const begun = missing.map((object) => this.#begin(object));
    for (const object of missing) this.#hold(object, held);
    const copies = wanted.map((object) => this.#copies.get(nameOf(object)) as Copy);
    await Promise.all(leaving.map(remove));
    await this.#fetchAll(begun);
    return Promise.all(copies.map(async ({ path, arrival }) => ((await arrival) ? path : undefined)));
  }

  /** A copy that is not what was fetched any more is fetched again. */
  async #dropDamaged(wanted: readonly WantedObject[]): Promise<void> {
    for (const object of wanted) {
      const copy = this.#copies.get(nameOf(object));
      if (!copy?.isWhole || copy.readers > 0) continue;
      const bytes = await stat(copy.path).then(
        ({ size }) => size,
        () => undefined,
      );
      if (bytes !== copy.bytes && copy.readers === 0 && this.#copies.delete(nameOf(object))) await remove(copy);
    }
  }

  /** Takes a copy that is here as being read, and as used last. */
  #hold(object: WantedObject, held: Copy[]): void {
    const name = nameOf(object);
    const copy = this.#copies.get(name);
    if (!copy) return;
    this.#copies.delete(name);
    this.#copies.set(name, copy);
    copy.readers += 1;
    held.push(copy);
  }

  /** @returns the copies that have to go; they are forgotten already */
  #roomFor(bytes: number): Copy[] {
    const inUse = sumOf([...this.#copies.values()].filter(({ readers, isWhole }) => readers > 0 || !isWhole));
    if (inUse + bytes > this.#maxBytes)
      throw new CacheFullError(
        `the query reads ${inUse + bytes} bytes of the lake at one time, limit ${this.#maxBytes}; raise CACHE_MAX_BYTES`,
      );
    const leaving: Copy[] = [];
    let excess = sumOf(this.#copies.values()) + bytes - this.#maxBytes;
    for (const [name, copy] of this.#copies) {
      if (excess <= 0) break;
      if (copy.readers > 0 || !copy.isWhole) continue;
      this.#copies.delete(name);
      leaving.push(copy);
      excess -= copy.bytes;
    }
    return leaving;
  }

  /** Reserves an object's room. Whoever wants the same version meanwhile waits for its arrival. */
  #begin(object: WantedObject): Begun {
    const { promise: arrival, resolve, reject } = Promise.withResolvers<boolean>();
    // Where nobody waits for it a failure is no fault of the process.
    arrival.catch(() => undefined);
    this.#serial += 1;
    const folder = join(this.#dir, String(this.#serial));
    // The key stays in the path: it says which cluster and hour the file is of.
    const copy: Copy = { folder, path: join(folder, object.key), bytes: object.bytes, readers: 0, isWhole: false, arrival };
    this.#copies.set(nameOf(object), copy);
    return { object, copy, resolve, reject };
  }

  /** After a failure nothing more is fetched: a store that is away would be waited for once for every file. */
  async #fetchAll(begun: readonly Begun[]): Promise<void> {
    let failure: { error: unknown } | undefined;
    const queue = begun.values();
    const worker = async () => {
      for (const { object, copy, resolve, reject } of queue) {
        try {
          if (failure) throw failure.error;
          const isThere = await this.#arrive(object.key, copy);
          if (!isThere) await this.#forget(object, copy);
          resolve(isThere);
        } catch (error) {
          failure ??= { error };
          await this.#forget(object, copy);
          reject(error);
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_FETCHES }, worker));
  }

  async #arrive(key: string, copy: Copy): Promise<boolean> {
    const bytes = await fetchInto(copy.path, (sink) => this.#fetch(key, sink));
    if (bytes === undefined) return false;
    this.#fetchedBytes += bytes;
    // More than was listed where the object was rewritten meanwhile; the next room made counts it.
    copy.bytes = bytes;
    copy.isWhole = true;
    return true;
  }

  async #forget(object: WantedObject, copy: Copy): Promise<void> {
    this.#copies.delete(nameOf(object));
    await remove(copy);
  }
}

const nameOf = ({ key, version }: WantedObject) => `${key} ${version}`;
const sumOf = (sized: Iterable<{ bytes: number }>) => [...sized].reduce((sum, { bytes }) => sum + bytes, 0);

async function remove({ folder }: Copy): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

async function fetchInto(path: string, fetch: (sink: ByteSink) => Promise<number | undefined>): Promise<number | undefined> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  try {
    return await fetch(async (bytes) => {
      await file.appendFile(bytes);
    });
  } finally {
    await file.close();
  }
}
