import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sortRows } from '../../../../services/collector/seal/sort-rows.ts';
import { usageParts } from '../../../../services/collector/seal/usage-parts.ts';
import { partRow, type Sample } from '../../../support/usage-model.ts';
import { bitsOf, noPause, pieceOf } from './pieces.ts';

const STALE = 0x7ff0000000000002n;

/** Sums of eighths are exact, so that the order of adding does not matter. */
const anySample: fc.Arbitrary<Sample> = fc.record({
  ts: fc.integer({ min: 0, max: 60 }).map((step) => step * 20_000),
  value: fc.oneof(
    fc.integer({ min: -4000, max: 8000 }).map((eighths) => eighths / 8),
    fc.constantFrom(null, Number.NaN, Number.POSITIVE_INFINITY, -0),
  ),
});

/** The column of each number of the part, and the name that the model has for it. */
const NAMES = {
  firstMs: 'first_ts',
  lastMs: 'last_ts',
  staleBeforeMs: 'stale_before_ts',
  staleAfterMs: 'stale_after_ts',
  n: 'n',
  skipped: 'skipped',
  resets: 'resets',
  first: 'first',
  last: 'last',
  min: 'min',
  max: 'max',
  sum: 'sum',
  integral: 'integral',
  covered: 'covered',
  increase: 'increase',
} as const;

async function partOf(samples: readonly Sample[]): Promise<Record<string, number | undefined>> {
  const rows = samples.map(({ ts, value }) => ({ series: 'a', timeMs: ts, bits: value === null ? STALE : bitsOf(value) }));
  const parts = await usageParts(await sortRows([pieceOf(rows)], noPause), 0, 1, noPause);
  const numbers = Object.entries(NAMES).map(([own, name]) => [name, parts[own as keyof typeof NAMES][0] as number] as const);
  return Object.fromEntries(numbers.map(([name, value]) => [name, Number.isNaN(value) ? undefined : value + 0]));
}

describe('the usage part of a series', () => {
  it('is what the rules, written a second time, give', async () => {
    await fc.assert(
      // Exact duplicates fall at the sort, before anything is counted.
      fc.asyncProperty(
        fc.uniqueArray(anySample, { minLength: 1, maxLength: 40, selector: ({ ts, value }) => `${ts} ${value}` }),
        async (samples) => {
          const model = partRow({ labels: { metric: 'a' }, samples }, samples) as Record<string, number | undefined>;
          const part = await partOf(samples);
          for (const name of Object.values(NAMES)) {
            const [have, want] = [part[name], model[name]];
            if (have === undefined || want === undefined) assert.equal(have, want, name);
            else assert.ok(Math.abs(have - want) < 1e-6, `${name} ${have}, expected ${want}`);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('counts the greatest of several values at one time', async () => {
    const part = await partOf([0, 1, 5, 3].map((value, at) => ({ ts: at === 0 ? 0 : 20_000, value })));
    assert.deepEqual([part.n, part.sum, part.last, part.increase, part.resets], [2, 5, 5, 5, 0]);
  });

  it('takes a fall for a restart from 0', async () => {
    const part = await partOf([10, 14, 3, 4].map((value, at) => ({ ts: at * 20_000, value })));
    assert.deepEqual([part.increase, part.resets], [4 + 3 + 1, 1]);
  });

  it('holds a value for 300 s at most, up to a marker, and not beyond the last sample', async () => {
    const part = await partOf([
      { ts: 0, value: 2 },
      { ts: 400_000, value: 1 },
      { ts: 460_000, value: null },
      { ts: 600_000, value: 7 },
    ]);
    assert.deepEqual([part.covered, part.integral], [300 + 60, 2 * 300 + 60]);
  });
});
