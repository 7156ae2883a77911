import { readdir, rename, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDurableDir, syncDir } from '@tallyship/shared/storage/durable-file';

/** A file is ready (the collector is done with it), being sent (claimed), then shipped (kept for replays until it is purged). */
export const STAGES = ['ready', 'sending', 'shipped'] as const;
export type Stage = (typeof STAGES)[number];
export type StoredFile = { target: string; stage: Stage; key: string; bytes: number; modifiedMs: number };

/**
 * The folders of a data volume: `DIR/<stage>/<target>/<key>`. A file changes its stage by rename alone, so it is in exactly one of them
 * whenever the process or the machine stops. Names that end in `.tmp` are somebody's unfinished work and are never touched.
 */
export class Volume {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  path(stage: Stage, target: string, key: string): string {
    return join(this.dir, stage, target, key);
  }

  /** Targets that the volume has folders of, served or not. A file that somebody put beside them is nobody's. */
  async targets(): Promise<string[]> {
    const entries = await Promise.all(STAGES.map((stage) => readdir(join(this.dir, stage), { withFileTypes: true }).catch(orNone)));
    return [...new Set(entries.flat().flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])))];
  }

  /** Keys of a stage, sorted. */
  async list(stage: Stage, target: string): Promise<string[]> {
    return (await keysUnder(join(this.dir, stage, target), '')).sort();
  }

  /**
   * Moves ready files to `sending`, so that a newer version in `ready` is never taken for the one that is being sent. A version that waits
   * there already, not sent yet, is replaced: the newer one holds all that it held.
   * @returns the keys that were still there
   */
  async claim(target: string, keys: readonly string[]): Promise<string[]> {
    const claimed: string[] = [];
    for (const key of keys) if (await this.#move(target, key, 'ready', 'sending')) claimed.push(key);
    this.#syncFolders(target, 'sending', claimed);
    return claimed;
  }

  /** Keeps a file that is uploaded and marked; its age counts from `nowMs` on. */
  async settle(target: string, key: string, nowMs: number): Promise<void> {
    await utimes(this.path('sending', target, key), nowMs / 1000, nowMs / 1000).catch(() => undefined);
    await this.#move(target, key, 'sending', 'shipped');
  }

  /** Puts a shipped file in line once more. @returns false when it is gone, or a newer version waits in its place */
  async reopen(target: string, key: string): Promise<boolean> {
    const isWaiting = await stat(this.path('sending', target, key)).then(
      () => true,
      () => false,
    );
    return !isWaiting && this.#move(target, key, 'shipped', 'sending');
  }

  async remove({ stage, target, key }: Pick<StoredFile, 'stage' | 'target' | 'key'>): Promise<void> {
    await rm(this.path(stage, target, key), { force: true });
  }

  /** Every file of every stage, with its size and age. */
  async scan(targets: readonly string[]): Promise<StoredFile[]> {
    const files: StoredFile[] = [];
    for (const stage of STAGES)
      for (const target of targets)
        for (const key of await this.list(stage, target)) {
          const found = await stat(this.path(stage, target, key)).catch(() => undefined);
          if (found) files.push({ stage, target, key, bytes: found.size, modifiedMs: found.mtimeMs });
        }
    return files;
  }

  /** Removes folders that nothing has been in since `beforeMs`. Another process may be about to write to a newer one. */
  async removeEmptyFolders(target: string, beforeMs: number): Promise<void> {
    for (const stage of STAGES) await removeEmpty(join(this.dir, stage, target), beforeMs, true);
  }

  async #move(target: string, key: string, from: Stage, to: Stage): Promise<boolean> {
    const destination = this.path(to, target, key);
    try {
      makeDurableDir(dirname(destination));
      await rename(this.path(from, target, key), destination);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  #syncFolders(target: string, stage: Stage, keys: readonly string[]): void {
    for (const folder of new Set(keys.map((key) => dirname(this.path(stage, target, key))))) syncDir(folder);
  }
}

async function keysUnder(dir: string, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for (const entry of await readdir(dir, { withFileTypes: true }).catch(orNone)) {
    if (entry.isDirectory()) for (const key of await keysUnder(join(dir, entry.name), `${prefix}${entry.name}/`)) keys.push(key);
    else if (entry.isFile() && !entry.name.endsWith('.tmp')) keys.push(prefix + entry.name);
  }
  return keys;
}

async function removeEmpty(dir: string, beforeMs: number, isRoot = false): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(orNone);
  const { mtimeMs } = await stat(dir).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
  for (const entry of entries) if (entry.isDirectory()) await removeEmpty(join(dir, entry.name), beforeMs);
  // rmdir refuses a folder that something has come into by now.
  if (!isRoot && mtimeMs < beforeMs) await rmdir(dir).catch(() => undefined);
}

function orNone(error: NodeJS.ErrnoException): never[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
