import assert from 'node:assert/strict';
import { stackNames, stackTags, workloadRoleName } from '../../infra/names.ts';

const account = { namespace: 'tallyship', serviceAccount: 'upload-api' };

describe('names', () => {
  it('begin with project and stack', () => {
    const names = stackNames({ project: 'tallyship', stack: 'dev' });
    assert.deepEqual(
      [names.cluster, names.clusterLogGroup, names.secret('upload-key')],
      ['tallyship-dev', '/aws/eks/tallyship-dev/cluster', 'tallyship/dev/upload-key'],
    );
  });

  it('of roles stay within what IAM takes, and apart', () => {
    const cluster = 'c'.repeat(100);
    const [one, other] = [workloadRoleName(cluster, account), workloadRoleName(cluster, { ...account, serviceAccount: 'other' })];
    assert.equal(one.length, 64);
    assert.notEqual(one, other);
    assert.equal(workloadRoleName('shop', account), 'shop-tallyship-upload-api');
  });

  it('of tags cannot be taken by the settings', () => {
    assert.equal(stackTags({ project: 'p', stack: 'dev' }, { 'tallyship:stack': 'x', team: 'a' })['tallyship:stack'], 'dev');
  });
});
