import { HOUR_MS } from '@tallyship/shared/contracts/lake-key';
import { ParameterError, quoted } from './parameters.ts';

/** Whole UTC hours: [fromMs, toMs), epoch milliseconds. */
export type TimeRange = { fromMs: number; toMs: number };

export const DAY_MS = 24 * HOUR_MS;
const EARLIEST_MS = Date.UTC(2000, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);
const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}(?::\d{2}(?::\d{2}(?:\.\d{1,3})?)?)?Z)?$/;

/**
 * Reads `from` and `to`. Without `to` the range ends with the running hour, without `from` it begins 24 hours before its end.
 * @throws ParameterError when a time is no whole UTC hour, or `from` is not before `to`
 */
export function readTimeRange(given: { from?: string; to?: string }, nowMs: number): TimeRange {
  const toMs = given.to === undefined ? Math.floor(nowMs / HOUR_MS) * HOUR_MS + HOUR_MS : readHour('to', given.to);
  const fromMs = given.from === undefined ? toMs - DAY_MS : readHour('from', given.from);
  if (fromMs >= toMs) throw new ParameterError('from', `from ${isoTime(fromMs)} is not before to ${isoTime(toMs)}`);
  return { fromMs, toMs };
}

/** @throws ParameterError when the range is longer than `maxDays` */
export function limitRange({ fromMs, toMs }: TimeRange, maxDays: number, what: string): void {
  const days = (toMs - fromMs) / DAY_MS;
  if (days > maxDays) throw new ParameterError('from', `from … to spans ${Math.ceil(days)} days, the most for ${what} is ${maxDays}`);
}

/** `2026-11-20T05:00:00Z` */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

function readHour(parameter: string, value: string): number {
  const ms = TIME.test(value) ? Date.parse(padTime(value)) : Number.NaN;
  // Date.parse turns 30 February into 2 March: only a time that comes back as it went in exists.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== value.slice(0, 10))
    throw new ParameterError(parameter, `${parameter} ${quoted(value)} is not a time in UTC such as 2026-11-20 or 2026-11-20T05:00:00Z`);
  if (ms % HOUR_MS !== 0) throw new ParameterError(parameter, `${parameter} ${quoted(value)} is not a whole hour`);
  if (ms < EARLIEST_MS || ms > LATEST_MS) throw new ParameterError(parameter, `${parameter} ${quoted(value)} is outside 2000 to 2100`);
  return ms;
}

/** `2026-11-20T05Z` is ISO 8601, but Date.parse wants minutes. */
function padTime(value: string): string {
  return value.replace(/T(\d{2})Z$/, 'T$1:00Z');
}
