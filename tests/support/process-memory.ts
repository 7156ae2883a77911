import { readFileSync } from 'node:fs';

/** In the words of proc(5): resident now, the most that ever was, and what of it is no page of a file. */
export type MemoryField = 'VmRSS' | 'VmHWM' | 'RssAnon';

const MIB = 1024 * 1024;
const LOOK_EVERY_MS = 25;

/** What the kernel says that a process takes, in bytes. @returns undefined once it has ended */
export function processMemory(pid: number | 'self', field: MemoryField): number | undefined {
  try {
    const kib = new RegExp(`^${field}:\\s+([0-9]+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}

/**
 * Looks every 25 ms, so that a process that ends by itself is seen nearly to its end.
 * @returns ends the looking and gives the most that was seen, in MiB
 */
export function watchMemory(pid: number, field: MemoryField): () => number {
  let most = 0;
  const look = () => {
    most = Math.max(most, processMemory(pid, field) ?? 0);
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    return most / MIB;
  };
}
