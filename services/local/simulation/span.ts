import type { Random } from './random.ts';

/** What every maker of events needs: the random numbers, the priced hours and the span that is fed. */
export type Span = { random: Random; fromMs: number; toMs: number; feedFromMs: number; feedToMs: number };

/** A random whole second at a share of the priced hours. */
export function momentIn({ random, fromMs, toMs }: Span, low: number, high: number): number {
  return Math.round((fromMs + (toMs - fromMs) * random.between(low, high)) / 1000) * 1000;
}
