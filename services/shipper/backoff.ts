/**
 * How long to wait after `failures` failures in a row: doubling from one second to `maxMs`, half of it at random so that many shippers do
 * not come back together; never shorter than the other side asked for, nor longer than `maxMs`.
 * @param random a number in [0, 1)
 */
export function backoffMs(
  failures: number,
  { maxMs, retryAfterMs, random }: { maxMs: number; retryAfterMs: number; random: number },
): number {
  const full = Math.min(maxMs, 1000 * 2 ** Math.min(30, failures - 1));
  return Math.min(maxMs, Math.max(retryAfterMs, full * (0.5 + random / 2)));
}

/** An interval that is spread by a tenth either way. @param random a number in [0, 1) */
export function jittered(intervalMs: number, random: number): number {
  return intervalMs * (0.9 + random * 0.2);
}

/** Reads `Retry-After`: seconds or an HTTP date. @returns milliseconds, 0 when absent or not readable */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  const ms = /^[0-9]{1,9}$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}
