import { HOUR_MS } from '@tallyship/shared/contracts/lake-key';
import type { Generation } from '../hours/open-hours.ts';

export type SealTimes = {
  /** How long after an hour's end, or after late samples came, its file is cut. */
  sealDelayMs: number;
  /** An open hour is cut after this long at the latest. */
  sealIntervalMs: number;
  /** How often the part of an hour that is still open is rewritten. */
  usageIntervalMs: number;
};

/** Steps that time servers make; what is further ahead of the clock is no time. */
const CLOCK_TOLERANCE_MS = 60_000;

export type SealPlan = { seal: Generation[]; refresh: Generation[] };

/**
 * Decides what is due at `nowMs`: generations to seal, those that were cut first, and running ones whose usage part is rewritten.
 * @param refreshedAtMs when a generation's usage part was last written, 0 for never
 */
export function planSeals(
  generations: Iterable<Generation>,
  nowMs: number,
  times: SealTimes,
  refreshedAtMs: (generation: Generation) => number,
): SealPlan {
  const plan: SealPlan = { seal: [], refresh: [] };
  for (const generation of generations) {
    if (nowMs >= dueAtMs(generation, times) || isFromFuture(generation, nowMs)) plan.seal.push(generation);
    else if (nowMs >= Math.max(refreshedAtMs(generation), generation.openedAtMs) + times.usageIntervalMs) plan.refresh.push(generation);
  }
  plan.seal.sort((a, b) => Number(b.isCut) - Number(a.isCut) || a.hourStartMs - b.hourStartMs || a.generation - b.generation);
  return plan;
}

/** The clock was ahead when this hour opened and was put back since: waiting for it could take for ever. */
function isFromFuture({ openedAtMs }: Generation, nowMs: number): boolean {
  return openedAtMs > nowMs + CLOCK_TOLERANCE_MS;
}

/** When a generation is to be sealed. Late samples wait as long as an hour's own, so that many of them share one file. */
export function dueAtMs({ isCut, isUrgent, hourStartMs, openedAtMs }: Generation, { sealDelayMs, sealIntervalMs }: SealTimes): number {
  if (isCut || isUrgent) return 0;
  return Math.min(Math.max(hourStartMs + HOUR_MS, openedAtMs) + sealDelayMs, openedAtMs + sealIntervalMs);
}
