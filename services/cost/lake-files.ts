import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Table } from '@tallyship/shared/contracts/columns';
import { HOUR_MS, type LakeFile, lakeKey, parseLakeKey } from '@tallyship/shared/contracts/lake-key';

/** A file that a lake lists. `stored` is what an object store says of it; a folder says nothing. */
export type ListedFile = LakeFile & { stored?: { bytes: number; version: string } };
/** A file that can be read now. */
export type FoundFile = LakeFile & { path: string };
/** Brings files to where they can be read. One that is gone by then is left out. */
export type OpenFiles = (files: readonly ListedFile[]) => Promise<FoundFile[]>;

/** Where a lake's files come from: a folder, or a bucket behind a cache. */
export type LakeFiles = {
  /** Files of a table whose hour lies in [fromMs, toMs), in the order of their keys; none of an empty lake. */
  list(table: Table, fromMs: number, toMs: number): Promise<ListedFile[]>;
  /** What `open` gives can be read until `work` has ended. */
  reading<T>(work: (open: OpenFiles) => Promise<T>): Promise<T>;
};

/** The files of a lake folder. */
export function folderFiles(dir: string): LakeFiles {
  return {
    list: (table, fromMs, toMs) => listLakeFiles(dir, table, fromMs, toMs),
    reading: (work) => work(async (files) => files.map((file) => ({ ...file, path: join(dir, lakeKey(file)) }))),
  };
}

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
