import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Table } from '@tallyship/shared/contracts/columns';
import { HOUR_MS, type LakeFile, parseLakeKey } from '@tallyship/shared/contracts/lake-key';

export type FoundFile = LakeFile & { path: string };

const DAY_MS = 24 * HOUR_MS;

/**
 * Lists a table's files whose hour lies in [fromMs, toMs). Only the date folders of the range are entered. A folder that does not exist
 * (an empty lake) gives an empty list; foreign files are passed over.
 */
export async function listLakeFiles(dir: string, table: Table, fromMs: number, toMs: number): Promise<FoundFile[]> {
  const dates = datesBetween(fromMs, toMs);
  const found: FoundFile[] = [];
  for (const account of await foldersIn(dir, `${table}/v1`))
    for (const region of await foldersIn(dir, account))
      for (const cluster of await foldersIn(dir, region))
        for (const date of dates) {
          for (const name of await namesIn(join(dir, cluster, date))) {
            const file = parseLakeKey(`${cluster}/${date}/${name}`);
            if (file && file.hourStartMs >= fromMs && file.hourStartMs < toMs)
              found.push({ ...file, path: join(dir, cluster, date, name) });
          }
        }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function datesBetween(fromMs: number, toMs: number): string[] {
  const dates: string[] = [];
  for (let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS; dayMs < toMs; dayMs += DAY_MS) {
    dates.push(`date=${new Date(dayMs).toISOString().slice(0, 10)}`);
  }
  return dates;
}

async function foldersIn(dir: string, key: string): Promise<string[]> {
  return (await namesIn(join(dir, key))).map((name) => `${key}/${name}`);
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
