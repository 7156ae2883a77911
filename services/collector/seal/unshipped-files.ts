import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders of a data volume in which the files of a target wait for their upload (docs/formats.md). */
const WAITING = ['ready', 'sending'];

/** Bytes that are sealed for a target and not in its bucket yet. A file that moves while it is counted is not missed for long. */
export async function unshippedBytes(dataDir: string, target: string): Promise<number> {
  const sums = await Promise.all(WAITING.map((folder) => bytesBelow(join(dataDir, folder, target))));
  return sums.reduce((sum, bytes) => sum + bytes, 0);
}

async function bytesBelow(dir: string): Promise<number> {
  const entries: Dirent[] = await readdir(dir, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) bytes += await bytesBelow(path);
    else bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}
