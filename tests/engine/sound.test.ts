import assert from 'node:assert/strict';
import { plaintextIn, previewLies, withoutProvider } from '../support/engine/findings.ts';
import { TOKEN, withProgram } from './programs.ts';

describe('a sound program on the real engine', () => {
  it('is made as previewed, previews empty afterwards, keeps its secret and leaves nothing', () =>
    withProgram('sound.ts', async (stack) => {
      const preview = await stack.preview();
      await stack.up();
      const state = await stack.exported();
      assert.deepEqual(previewLies(preview, state), []);
      assert.deepEqual(withoutProvider(state.filter(({ type }) => !/^(awsx|eks):/.test(type))), []);
      assert.deepEqual(plaintextIn(state, TOKEN), []);
      await stack.preview('--expect-no-changes');
      await stack.destroy();
      assert.deepEqual(stack.account.left(), []);
    }));

  it('ends the same after a refused, a throttled and a lost answer in the middle of an up', () =>
    withProgram('sound.ts', async (stack) => {
      const { faults } = stack.account;
      faults.push({ token: 'aws:ec2/natGateway:NatGateway', on: 'create', how: 'refused', says: 'NatGatewayLimitExceeded', times: 1 });
      await assert.rejects(stack.up(), /NatGatewayLimitExceeded/);
      faults.push({ token: 'aws:eks/cluster:Cluster', on: 'create', how: 'refused', says: 'ThrottlingException: Rate exceeded', times: 1 });
      await assert.rejects(stack.up(), /Rate exceeded/);
      faults.push({ token: 'aws:eks/nodeGroup:NodeGroup', on: 'create', how: 'lost', says: 'timeout while waiting for state', times: 1 });
      await assert.rejects(stack.up(), /timeout while waiting/);
      await stack.up();
      const programMade = stack.account.things.filter(({ urn }) => urn !== '');
      const inState = (await stack.exported()).filter(({ custom, type }) => custom && !type.startsWith('pulumi:'));
      assert.deepEqual(programMade.map(({ urn }) => urn).sort(), inState.map(({ urn }) => urn).sort());
      await stack.destroy();
      assert.deepEqual(stack.account.left(), []);
    }));
});
