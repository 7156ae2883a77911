import assert from 'node:assert/strict';
import { COMBINATIONS } from './combinations.ts';
import { EXEMPLARS } from './exemplars.ts';
import { HISTOGRAMS } from './histograms.ts';
import { METADATA } from './metadata.ts';
import { METRICS } from './metrics.ts';
import { REQUEST } from './request.ts';
import { VERSION_ONE } from './version-one.ts';

/** The top-level tests of the suite, by file. */
const OF_THE_SUITE = { request: 3, metric: 3, histograms: 8, exemplar: 6, metadata: 6, combined: 11, rw1_compat: 2 };
const HERE = {
  request: REQUEST,
  metric: METRICS,
  histograms: HISTOGRAMS,
  exemplar: EXEMPLARS,
  metadata: METADATA,
  combined: COMBINATIONS,
  rw1_compat: VERSION_ONE,
};

describe('the groups of the compliance suite', () => {
  it('are all here, 39 of 39, each with cases', () => {
    assert.deepEqual(Object.fromEntries(Object.entries(HERE).map(([file, groups]) => [file, groups.length])), OF_THE_SUITE);
    const groups = Object.values(HERE).flat();
    assert.equal(new Set(groups.map(({ name }) => name)).size, 39);
    assert.ok(groups.every(({ cases }) => cases.length > 0));
    console.log(`      ${groups.length} of 39 groups, ${groups.reduce((sum, { cases }) => sum + cases.length, 0)} cases`);
  });
});
