import type { StoredFile } from './volume.ts';

export type PurgeLimits = { retentionMs: number; maxDataBytes: number };
export type Purge = { file: StoredFile; reason: 'age' | 'pressure' };

/**
 * Which shipped files go: those over their age, then, while all files together are over the limit, the oldest. A file that is not shipped
 * yet is never among them, however full the volume is.
 */
export function planPurge(files: readonly StoredFile[], nowMs: number, { retentionMs, maxDataBytes }: PurgeLimits): Purge[] {
  const shipped = files.filter(({ stage }) => stage === 'shipped').sort(byAge);
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const plan: Purge[] = [];
  for (const file of shipped) {
    const isOld = nowMs - file.modifiedMs > retentionMs;
    if (!isOld && bytes <= maxDataBytes) continue;
    plan.push({ file, reason: isOld ? 'age' : 'pressure' });
    bytes -= file.bytes;
  }
  return plan;
}

/** Which unshipped files of a bestEffort target are given up: the oldest, until the rest fits its quota. */
export function planLosses(files: readonly StoredFile[], target: string, quotaBytes: number): StoredFile[] {
  const unshipped = files.filter((file) => file.target === target && file.stage !== 'shipped').sort(byAge);
  let bytes = unshipped.reduce((sum, file) => sum + file.bytes, 0);
  return unshipped.filter((file) => {
    const isOver = bytes > quotaBytes;
    if (isOver) bytes -= file.bytes;
    return isOver;
  });
}

const byAge = (a: StoredFile, b: StoredFile) => a.modifiedMs - b.modifiedMs || (a.key < b.key ? -1 : 1);
