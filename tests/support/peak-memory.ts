import { writeFileSync } from 'node:fs';
import { collectGarbage } from './collect-garbage.ts';
import { processMemory } from './process-memory.ts';

/**
 * The most memory that a piece of work held at one time beyond what the process held before it, in bytes. Linux forgets a process' peak
 * on request (`clear_refs`); where that cannot be had, only growth beyond the earlier peak is seen.
 */
export async function peakMemoryOf(work: () => unknown): Promise<number> {
  collectMuchGarbage();
  forgetPeak();
  const before = Math.max(process.memoryUsage.rss(), isExact ? 0 : peakBytes());
  await work();
  return Math.max(0, peakBytes() - before);
}

/** Garbage of others that may stand beside the work: a full collection takes longer than most works that are measured. */
const LITTLE_BYTES = 8 * 1024 * 1024;
/** What stayed after the last collection, or less when the engine has freed more since. */
let stayedBytes = 0;

/** What others left behind would decide when the engine collects, and with that how much garbage stands about at one time. */
function collectMuchGarbage(): void {
  const bytes = heldBytes();
  stayedBytes = Math.min(stayedBytes, bytes);
  if (bytes - stayedBytes < LITTLE_BYTES) return;
  collectGarbage();
  stayedBytes = heldBytes();
}

function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

let isExact = true;

function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    isExact = false;
  }
}

function peakBytes(): number {
  if (!isExact) return process.resourceUsage().maxRSS * 1024;
  return processMemory('self', 'VmHWM') ?? 0;
}
