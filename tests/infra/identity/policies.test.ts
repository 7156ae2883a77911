import assert from 'node:assert/strict';
import {
  bucketGrant,
  consolePolicy,
  irsaTrust,
  podIdentityTrust,
  secretReaderPolicy,
  uploadApiPolicy,
} from '../../../infra/identity/policies.ts';

const account = { namespace: 'tallyship', serviceAccount: 'upload-api' };
const bucketArn = 'arn:aws:s3:::lake';

describe('policies', () => {
  it('hand a role to one service account, whichever way the issuer is written', () => {
    const [withScheme, without] = ['https://', ''].map((scheme) => irsaTrust('111122223333', `${scheme}oidc.eks.example/id/A`, account));
    assert.deepEqual(withScheme, without);
    assert.deepEqual(withScheme?.Statement[0]?.Condition, {
      StringEquals: {
        'oidc.eks.example/id/A:sub': 'system:serviceaccount:tallyship:upload-api',
        'oidc.eks.example/id/A:aud': 'sts.amazonaws.com',
      },
    });
    assert.deepEqual(withScheme?.Statement[0]?.Principal, { Federated: 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.example/id/A' });
  });

  it('hold Pod Identity to cluster, namespace and service account', () => {
    const [statement] = podIdentityTrust('arn:aws:eks:us-east-1:111122223333:cluster/shop', account).Statement;
    assert.deepEqual(statement?.Condition?.StringEquals, {
      'aws:RequestTag/eks-cluster-arn': 'arn:aws:eks:us-east-1:111122223333:cluster/shop',
      'aws:RequestTag/kubernetes-namespace': 'tallyship',
      'aws:RequestTag/kubernetes-service-account': 'upload-api',
    });
  });

  it('let the upload API delete replay orders and nothing else', () => {
    const deletes = uploadApiPolicy({ bucketArn }).Statement.filter(({ Action }) => [Action].flat().includes('s3:DeleteObject'));
    assert.deepEqual(
      deletes.map(({ Resource }) => Resource),
      [`${bucketArn}/control/v1/replay/*`],
    );
  });

  it('name every action', () => {
    const kmsKeyArn = 'arn:aws:kms:us-east-1:111122223333:key/k';
    const all = [uploadApiPolicy({ bucketArn, kmsKeyArn }), consolePolicy({ bucketArn, kmsKeyArn }), secretReaderPolicy(['arn:a'])];
    const actions = all.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));
    assert.deepEqual(
      actions.filter((action) => action.includes('*')),
      [],
    );
  });

  it('give the owner of another bucket the same rights, for one role', () => {
    const grant = bucketGrant(uploadApiPolicy({ bucketArn, kmsKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/k' }), 'arn:role');
    assert.deepEqual(
      grant.map(({ Sid }) => Sid),
      ['TallyshipReadAndWriteTables', 'TallyshipEndReplayOrders', 'TallyshipListLake'],
    );
    assert.ok(grant.every(({ Principal }) => (Principal as { AWS: string }).AWS === 'arn:role'));
  });
});
