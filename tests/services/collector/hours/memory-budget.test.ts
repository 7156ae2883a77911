import assert from 'node:assert/strict';
import { openBytesBudget, seriesBytesBudget } from '../../../../services/collector/hours/memory-budget.ts';

const MIB = 1024 ** 2;

describe('the memory of open hours', () => {
  it('is what the setting says', () => assert.equal(openBytesBudget(5 * MIB, 1024 * MIB), 5 * MIB));

  for (const [available, budget] of [
    [64, 16],
    [256, 32],
    [1024, 128],
    [65_536, 256],
  ] as const) {
    it(`is ${budget} MiB where ${available} MiB can be used and nothing is set`, () =>
      assert.equal(openBytesBudget(0, available * MIB), budget * MIB));
  }
});

describe('the memory of label sets', () => {
  it('is twice the setting', () => assert.equal(seriesBytesBudget(48 * MIB, 256 * MIB), 96 * MIB));

  it('is half of what can be used at most', () => assert.equal(seriesBytesBudget(256 * MIB, 512 * MIB), 256 * MIB));
});
