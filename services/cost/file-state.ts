import { open } from 'node:fs/promises';

/** First and last four bytes of every Parquet file. */
const MAGIC = 'PAR1';
const SHORTEST_BYTES = 12;

/** `version` is another one when the file was written again or replaced; `hasEnds` says whether it begins and ends as Parquet. */
export type FileState = { version: string; hasEnds: boolean };

/** Looks at a file without reading it. @returns undefined for one that is gone */
export async function fileState(path: string): Promise<FileState | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { ino, size, mtimeMs } = await file.stat();
      const version = `${ino} ${size} ${mtimeMs}`;
      if (size < SHORTEST_BYTES) return { version, hasEnds: false };
      const ends = Buffer.alloc(8);
      await file.read(ends, 0, 4, 0);
      await file.read(ends, 4, 4, size - 4);
      return { version, hasEnds: ends.toString('latin1') === MAGIC + MAGIC };
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
