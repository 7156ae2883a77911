import assert from 'node:assert/strict';
import type { Fault } from '../support/engine/account.ts';
import type { PulumiStack } from '../support/engine/pulumi-stack.ts';
import { destroyLeavesWhatIsExpected, openPlatform } from './platform.ts';

/** What AWS does to an up that is under way, in the order in which the program meets it. */
const faults: Omit<Fault, 'times'>[] = [
  {
    token: 'aws:ec2/eip:Eip',
    on: 'create',
    how: 'refused',
    says: 'AddressLimitExceeded: The maximum number of addresses has been reached',
  },
  { token: 'aws:eks/cluster:Cluster', on: 'create', how: 'refused', says: 'ThrottlingException: Rate exceeded' },
  { token: 'aws:eks/nodeGroup:NodeGroup', on: 'create', how: 'lost', says: 'timeout while waiting for state to become ACTIVE' },
  { token: 'kubernetes:helm.sh/v3:Release', on: 'create', how: 'refused', says: 'timed out waiting for the condition' },
  { token: 'kubernetes:apps/v1:StatefulSet', on: 'create', how: 'lost', says: 'timed out waiting for collector' },
];

describe('the program on the real engine: faults in the middle of an up', () => {
  let stack: PulumiStack;
  before(async () => {
    stack = await openPlatform('dev');
  });
  after(() => stack.close());

  for (const fault of faults) {
    it(`${fault.how} ${fault.token}: the up fails and says it`, async () => {
      stack.account.faults.push({ ...fault, times: 1 });
      await assert.rejects(stack.up(), new RegExp(fault.says));
    });
  }

  it('comes to the same set in the end: no orphan, no double', async () => {
    await stack.up();
    await stack.preview('--expect-no-changes');
    const made = stack.account.things.filter(({ urn }) => urn !== '').map(({ urn }) => urn);
    const kept = (await stack.exported()).filter(({ custom, type }) => custom && !type.startsWith('pulumi:'));
    assert.deepEqual(made.sort(), kept.map(({ urn }) => urn).sort());
  });

  it('leaves what an up without faults leaves', () => destroyLeavesWhatIsExpected(stack));
});
