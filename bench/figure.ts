import { medianOf } from './median.ts';

/** What several runs gave. */
export type Figure = { median: number; least: number; greatest: number };

export function figureOf(values: readonly number[]): Figure {
  return { median: medianOf(values), least: Math.min(...values), greatest: Math.max(...values) };
}

export function textOf({ median, least, greatest }: Figure, digits: number): string {
  return `${median.toFixed(digits)} (${least.toFixed(digits)}–${greatest.toFixed(digits)})`;
}
