import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cidrPlan } from '../../../infra/network/cidr-plan.ts';
import { containsRange, overlaps, parseRange, type Range } from '../../support/engine/cidr.ts';

const vpc = fc
  .record({ prefix: fc.integer({ min: 16, max: 20 }), second: fc.nat(255), third: fc.nat(255) })
  .map(({ prefix, second, third }) => `10.${second}.${third - (third % 2 ** Math.max(0, 24 - prefix))}.0/${prefix}`);

describe('plan of the subnets', () => {
  it('gives the blocks of the documentation', () => {
    assert.deepEqual(cidrPlan('10.20.0.0/16', 2), {
      private: ['10.20.0.0/19', '10.20.64.0/19'],
      public: ['10.20.32.0/20', '10.20.96.0/20'],
      isolated: ['10.20.48.0/21', '10.20.112.0/21'],
    });
  });

  it('makes blocks that lie in the VPC and never on one another', () => {
    fc.assert(
      fc.property(vpc, fc.integer({ min: 1, max: 4 }), (cidr, zones) => {
        const blocks = Object.values(cidrPlan(cidr, zones)).flat().map(range);
        assert.equal(blocks.length, zones * 3);
        for (const [index, block] of blocks.entries()) {
          assert.ok(containsRange(range(cidr), block));
          assert.ok(!blocks.slice(index + 1).some((other) => overlaps(block, other)));
        }
      }),
    );
  });

  it('moves no subnet when a zone is added', () => {
    fc.assert(
      fc.property(vpc, fc.integer({ min: 1, max: 3 }), (cidr, zones) => {
        const [before, after] = [cidrPlan(cidr, zones), cidrPlan(cidr, zones + 1)];
        for (const tier of ['private', 'public', 'isolated'] as const) assert.deepEqual(after[tier].slice(0, zones), before[tier]);
      }),
    );
  });

  it('refuses more zones than it has room for', () => {
    assert.throws(() => cidrPlan('10.0.0.0/16', 5), RangeError);
  });
});

function range(cidr: string): Range {
  const parsed = parseRange(cidr);
  assert.ok(parsed, `${cidr} is no block`);
  return parsed;
}
