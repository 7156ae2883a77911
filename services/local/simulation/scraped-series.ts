import type { Fill } from './values.ts';

/** One series of the simulated cluster. It is scraped at its target's times in [fromMs, toMs), then marked stale. */
export type Series = {
  /** name, value, name, value …, sorted by name */
  labels: string[];
  target: Target;
  /** Series of one pod, node or other object, which stay together in requests. */
  entity: number;
  fromMs: number;
  toMs: number;
  fill: Fill;
};

/** Something that is scraped once an interval, at an offset of its own. */
export type Target = { offsetMs: number };

/** What the makers of series hand in; labels in any order, an empty value stands for an absent label. */
export type SeriesSpec = { metric: string; labels: Record<string, string>; fill: Fill };
export type Add = (target: Target, entity: number, life: Life, specs: SeriesSpec[]) => void;
export type Life = { fromMs: number; toMs: number | null };
