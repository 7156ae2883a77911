import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Holds a data volume for this shipper alone. The lock is the operating system's own, taken through SQLite, so it ends with the process
 * however that ends: no stale lock is ever in the way.
 * @returns gives the volume back
 * @throws Error when another shipper holds it
 */
export function lockVolume(dir: string): () => void {
  const lock = new DatabaseSync(join(dir, 'shipper.lock'));
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new Error(`${dir} is in use by another shipper`, { cause });
  }
  return () => lock.close();
}
