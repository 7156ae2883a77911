import { HOLD_SECONDS } from '@tallyship/shared/contracts/columns';
import { STALE_HIGH, STALE_LOW } from '../parquet/plain-values.ts';
import type { SortedRows } from './sort-rows.ts';

/** The numbers of the `usage` table as columns, one entry a series; NaN stands for NULL. Times are milliseconds into the hour. */
export type UsageParts = ReturnType<typeof emptyParts>;

const HOLD_MS = HOLD_SECONDS * 1000;

const BLOCK_ROWS = 50_000;

/**
 * Sums up each of the series [first, end) of a file by the rules that the column contract states (`USAGE_COLUMNS`).
 * @param pause awaited between blocks of rows
 */
export async function usageParts(sorted: SortedRows, first: number, end: number, pause: () => Promise<void>): Promise<UsageParts> {
  const { starts } = sorted;
  const parts = emptyParts(end - first);
  for (let from = first, to = from; from < end; from = to) {
    const start = starts[from] as number;
    for (to = from + 1; to < end && (starts[to + 1] as number) - start <= BLOCK_ROWS; ) to++;
    const { offsets, bits } = sorted.read(from, to);
    const values = new Float64Array(bits.buffer, bits.byteOffset, bits.length / 2);
    for (let rank = from; rank < to; rank++) {
      addSeries(parts, rank - first, (starts[rank] as number) - start, (starts[rank + 1] as number) - start, offsets, bits, values);
    }
    await pause();
  }
  return parts;
}

function addSeries(
  parts: UsageParts,
  at: number,
  from: number,
  to: number,
  offsets: Uint32Array,
  bits: Uint32Array,
  values: Float64Array,
): void {
  // Assigned one by one: lists of numbers that are taken apart again would be most of a seal's garbage.
  let n = 0;
  let skipped = 0;
  let resets = 0;
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let integral = 0;
  let covered = 0;
  let increase = 0;
  let firstMs = NaN;
  let lastMs = NaN;
  let staleBeforeMs = NaN;
  let staleAfterMs = NaN;
  let first = NaN;
  let last = NaN;
  for (let row = from, next = from; row < to; row = next) {
    const timeMs = offsets[row] as number;
    // Rows of one time stand together and make one event: the greatest finite value, or else the marker.
    let value = -Infinity;
    let hasMarker = false;
    for (next = row; next < to && offsets[next] === timeMs; next++) {
      const candidate = values[next] as number;
      if (Number.isFinite(candidate)) value = Math.max(value, candidate);
      else if (bits[2 * next + 1] === STALE_HIGH && bits[2 * next] === STALE_LOW) hasMarker = true;
      else skipped++;
    }
    if (value === -Infinity) {
      if (!hasMarker) continue;
      if (n === 0 && Number.isNaN(staleBeforeMs)) staleBeforeMs = timeMs;
      if (Number.isNaN(staleAfterMs)) staleAfterMs = timeMs;
      continue;
    }
    if (n === 0) {
      firstMs = timeMs;
      first = value;
    } else {
      const heldMs = Math.min((Number.isNaN(staleAfterMs) ? timeMs : staleAfterMs) - lastMs, HOLD_MS);
      covered += heldMs / 1000;
      integral += (last * heldMs) / 1000;
      increase += value < last ? value : value - last;
      resets += value < last ? 1 : 0;
    }
    n++;
    lastMs = timeMs;
    last = value;
    staleAfterMs = NaN;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (n > 0 && !Number.isNaN(staleAfterMs)) {
    const heldMs = Math.min(staleAfterMs - lastMs, HOLD_MS);
    covered += heldMs / 1000;
    integral += (last * heldMs) / 1000;
  }
  const hasValue = n > 0;
  parts.firstMs[at] = firstMs;
  parts.lastMs[at] = lastMs;
  parts.staleBeforeMs[at] = staleBeforeMs;
  parts.staleAfterMs[at] = staleAfterMs;
  parts.n[at] = n;
  parts.skipped[at] = skipped;
  parts.resets[at] = resets;
  parts.first[at] = first;
  parts.last[at] = last;
  parts.min[at] = hasValue ? min : NaN;
  parts.max[at] = hasValue ? max : NaN;
  parts.sum[at] = hasValue ? sum : NaN;
  parts.integral[at] = integral;
  parts.covered[at] = covered;
  parts.increase[at] = increase;
}

function emptyParts(count: number) {
  const doubles = () => new Float64Array(count);
  const ints = () => new Int32Array(count);
  return {
    firstMs: doubles(),
    lastMs: doubles(),
    staleBeforeMs: doubles(),
    staleAfterMs: doubles(),
    n: ints(),
    skipped: ints(),
    resets: ints(),
    first: doubles(),
    last: doubles(),
    min: doubles(),
    max: doubles(),
    sum: doubles(),
    integral: doubles(),
    covered: doubles(),
    increase: doubles(),
  };
}
