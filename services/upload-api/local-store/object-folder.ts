import { createHash, randomUUID } from 'node:crypto';
import type { Dirent, Stats } from 'node:fs';
import { type FileHandle, link, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { makeDurableDir, syncDir, writeDurable } from '@tallyship/shared/storage/durable-file';
import { BodyCheck, type BodyClaims } from './body-checks.ts';
import { badRequest, S3Error } from './s3-error.ts';

export type FolderObject = { key: string; bytes: number; modifiedMs: number };
/** `etag` is the MD5 as hex. One of `stream`, with bytes from..to both included, and `close` must be called; `stream` closes at its end. */
export type OpenObject = FolderObject & {
  etag: string;
  stream(range: { from: number; to: number }): Readable;
  close(): Promise<void>;
};

/** Where bodies arrive. It lies in the folder itself, because a rename is only atomic within one filesystem; no key reaches it. */
const INCOMING = '.incoming';
const MAX_CACHED_ETAGS = 10_000;

/**
 * Objects as plain files: the file of key `a/b` is `DIR/a/b`. An object is absent, the old one, or the whole new one, whatever happens;
 * what a crash leaves in `.incoming` is removed at the next start.
 */
export class ObjectFolder {
  readonly #dir: string;
  /** MD5 by what tells one version of a file from another. */
  readonly #etags = new Map<string, string>();

  private constructor(dir: string) {
    this.#dir = dir;
  }

  static async at(dir: string): Promise<ObjectFolder> {
    await rm(join(dir, INCOMING), { recursive: true, force: true });
    makeDurableDir(join(dir, INCOMING));
    return new ObjectFolder(dir);
  }

  /**
   * @returns the MD5 of the body, as hex
   * @throws S3Error when the body is not what was claimed (no effect), or 412 when `ifAbsent` and there is an object
   */
  async put(key: string, body: AsyncIterable<Uint8Array>, claims: BodyClaims, ifAbsent: boolean): Promise<string> {
    const target = this.#path(key);
    if (ifAbsent && (await this.head(key))) throw preconditionFailed();
    const incoming = join(this.#dir, INCOMING, randomUUID());
    const check = new BodyCheck(claims);
    let md5 = '';
    try {
      await writeDurable(incoming, async (sink) => {
        for await (const chunk of body) {
          check.add(chunk);
          await sink(chunk);
        }
        md5 = check.finish();
      });
      makeDurableDir(dirname(target));
      // A link, unlike a rename, fails when there is something: of two conditional PUTs at one time, one wins.
      await (ifAbsent ? link(incoming, target) : rename(incoming, target));
      syncDir(dirname(target));
    } catch (error) {
      throw asS3Error(error);
    } finally {
      await rm(incoming, { force: true });
    }
    return md5;
  }

  async head(key: string): Promise<FolderObject | undefined> {
    const found = await this.#stat(key);
    return found && { key, bytes: found.size, modifiedMs: found.mtimeMs };
  }

  /** An object as it is now: what replaces it later does not change what is read. @returns undefined when there is none */
  async open(key: string): Promise<OpenObject | undefined> {
    if (!(await this.#stat(key))) return undefined;
    const file = await open(this.#path(key));
    try {
      const found = await file.stat();
      return {
        key,
        bytes: found.size,
        modifiedMs: found.mtimeMs,
        etag: await this.#etag(`${found.ino} ${found.size} ${found.mtimeMs} ${key}`, file),
        stream: ({ from, to }) => file.createReadStream({ start: from, end: to }),
        close: () => file.close(),
      };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async remove(key: string): Promise<void> {
    const path = this.#path(key);
    if (!(await this.#stat(key))) return;
    await rm(path, { force: true });
    syncDir(dirname(path));
  }

  /** Keys that start with `prefix` and come after `after`, in the order of their bytes. */
  list(prefix: string, after: string): AsyncIterable<FolderObject> {
    return this.#walk('', prefix, after);
  }

  async *#walk(folder: string, prefix: string, after: string): AsyncIterable<FolderObject> {
    const entries = await readdir(join(this.#dir, folder), { withFileTypes: true }).catch(() => [] as Dirent[]);
    const names = entries
      .filter((entry) => !(folder === '' && entry.name === INCOMING) && (entry.isDirectory() || entry.isFile()))
      // A folder sorts by its name with the slash, as its keys do.
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .sort(byBytes);
    for (const name of names) {
      const isFolder = name.endsWith('/');
      if (!(name.startsWith(prefix) || (isFolder && prefix.startsWith(name)))) continue;
      if (isFolder) {
        if (after.startsWith(name) || byBytes(name, after) > 0) yield* this.#walk(name, prefix, after);
      } else if (byBytes(name, after) > 0) {
        const object = await this.head(name).catch(() => undefined);
        if (object) yield object;
      }
    }
  }

  async #etag(version: string, file: FileHandle): Promise<string> {
    const known = this.#etags.get(version);
    if (known) return known;
    const md5 = createHash('md5');
    for await (const chunk of file.createReadStream({ start: 0, autoClose: false })) md5.update(chunk as Buffer);
    const etag = md5.digest('hex');
    if (this.#etags.size >= MAX_CACHED_ETAGS) this.#etags.clear();
    this.#etags.set(version, etag);
    return etag;
  }

  async #stat(key: string): Promise<Stats | undefined> {
    const found = await stat(this.#path(key)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
    return found?.isFile() ? found : undefined;
  }

  #path(key: string): string {
    const fault = keyFault(key);
    if (fault) throw badRequest('InvalidArgument', fault);
    return join(this.#dir, key);
  }
}

/** Keys become paths, so what could leave the folder, or is no file name, is refused. */
function keyFault(key: string): string | undefined {
  if (Buffer.byteLength(key) > 1024) return 'Your key is too long: limit 1024 bytes';
  const names = key.split('/');
  if (names[0] === INCOMING) return `No key starts with ${INCOMING}`;
  if (names.some((name) => name === '' || name === '.' || name === '..')) return 'A part of the key is empty, . or ..';
  if (names.some((name) => Buffer.byteLength(name) > 255)) return 'A part of the key is longer than 255 bytes';
  return /[\p{Cc}\\]/u.test(key) ? 'The key has control characters or backslashes' : undefined;
}

function asS3Error(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof S3Error) return cause;
  const { code, syscall } = cause as NodeJS.ErrnoException;
  if (code === 'EEXIST' && syscall === 'link') return preconditionFailed();
  if (code === 'EEXIST' || code === 'EISDIR' || code === 'ENOTDIR' || code === 'ENOTEMPTY')
    return new S3Error(409, 'ObjectParentIsFile', 'A folder cannot hold an object and keys below it under one name');
  if (code === 'ENOSPC' || code === 'EDQUOT') return new S3Error(503, 'SlowDown', 'The store has no space left');
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') return badRequest('IncompleteBody', 'The body broke off');
  return error;
}

const preconditionFailed = () => new S3Error(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
