import { open } from 'node:fs/promises';
import type { FoundFile } from './lake-files.ts';

/** First and last four bytes of every Parquet file. */
const MAGIC = 'PAR1';
const SHORTEST_BYTES = 12;

/**
 * Tells files that begin and end as Parquet from what only has the name of one: a single such file would fail every query of the lake.
 * A file that is gone by now is neither.
 */
export async function splitWhole(files: readonly FoundFile[]): Promise<{ whole: FoundFile[]; damaged: FoundFile[] }> {
  const split = { whole: [] as FoundFile[], damaged: [] as FoundFile[] };
  for (const file of files) {
    const isWhole = await looksWhole(file.path);
    if (isWhole !== undefined) split[isWhole ? 'whole' : 'damaged'].push(file);
  }
  return split;
}

async function looksWhole(path: string): Promise<boolean | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size < SHORTEST_BYTES) return false;
      const ends = Buffer.alloc(8);
      await file.read(ends, 0, 4, 0);
      await file.read(ends, 4, 4, size - 4);
      return ends.toString('latin1') === MAGIC + MAGIC;
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
