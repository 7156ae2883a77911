import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Takes the bytes of a file that is being written, in order. */
export type ByteSink = (bytes: Uint8Array) => Promise<void>;

/**
 * Writes a file so that it is either absent, the old one, or the whole new one, whatever happens: temporary name,
 * fdatasync, rename, then fsync of the folder. A crash leaves at most `<path>.tmp`, which the next write replaces.
 */
export async function writeDurable(path: string, write: (sink: ByteSink) => Promise<void>): Promise<void> {
  makeDurableDir(dirname(path));
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w');
  try {
    await write(async (bytes) => {
      await file.appendFile(bytes);
    });
    await file.datasync();
  } catch (cause) {
    await file.close();
    await rm(temporary, { force: true });
    throw new Error(`write ${path}`, { cause });
  }
  await file.close();
  await rename(temporary, path);
  syncDir(dirname(path));
}

/** Makes a file's name durable: a rename or create is only safe once its folder has been synced. */
export function syncDir(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** mkdir -p in which every folder that had to be made is durable in its parent. */
export function makeDurableDir(path: string): void {
  const firstMade = mkdirSync(path, { recursive: true });
  if (firstMade === undefined) return;
  for (let dir = path; ; dir = dirname(dir)) {
    syncDir(dirname(dir));
    if (dir === firstMade || dir === dirname(dir)) return;
  }
}
