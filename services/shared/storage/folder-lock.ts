import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Holds a folder for this process alone, under the holder's name. The lock is the operating system's own, taken through SQLite, so it
 * ends with the process however that ends: no stale lock is ever in the way.
 * @param dir must exist
 * @returns gives the folder back
 * @throws Error when another process of that name holds it
 */
export function lockFolder(dir: string, holder: string): () => void {
  const lock = new DatabaseSync(join(dir, `${holder}.lock`));
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new Error(`${dir} is in use by another ${holder}`, { cause });
  }
  return () => {
    if (lock.isOpen) lock.close();
  };
}
