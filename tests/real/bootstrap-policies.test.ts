import assert from 'node:assert/strict';
import { boundaryPolicy } from '../../bootstrap/policies/boundary.ts';
import { deployPolicies, previewPolicies } from '../../bootstrap/policies/ci-policies.ts';
import { ATTACHED } from '../../bootstrap/policies/identity.ts';
import { scopesOf } from '../../bootstrap/policies/scope.ts';
import { bootstrapSchema } from '../../bootstrap/settings-schema.ts';
import { githubTrust, previewSubject } from '../../bootstrap/trust.ts';
import { type LocalAws, localAws } from '../support/aws-cli.ts';
import { decide } from '../support/iam/decide.ts';
import { listOf, type Policy, statementsOf } from '../support/iam/policy.ts';
import { startMoto } from '../support/moto.ts';

const key = (name: string) => `arn:aws:kms:us-east-1:123456789012:key/${name}`;
const store = { bucketArn: 'arn:aws:s3:::tallyship-state', stateKeyArn: key('a'), secretsKeyArn: key('b') };
const settings = bootstrapSchema.parse({
  aws: { accountId: '123456789012', region: 'us-east-1' },
  github: { repository: 'example/platform' },
  stacks: { dev: { branch: 'main' }, shared: { branch: 'main', existingCluster: 'shared' } },
});
const scopes = scopesOf(settings);

describe('policies of the bootstrap, put to moto', () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let aws: LocalAws;
  before(async () => {
    moto = await startMoto({ MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' });
    aws = localAws(moto.url, moto.credentials.accessKeyId);
  });
  after(async () => {
    aws?.remove();
    await moto?.stop();
  });

  const documents = {
    ...named('preview', previewPolicies(store, scopes)),
    ...Object.assign({}, ...scopes.map((scope) => named(scope.stack, deployPolicies(store, scope, 'arn:aws:iam::123456789012:policy/b')))),
    ...named('boundary', Object.fromEntries(scopes.map((scope) => [scope.stack, boundaryPolicy(scope)]))),
  };
  for (const [name, document] of Object.entries(documents)) {
    it(`takes ${name}`, () => aws.call('iam', 'create-policy', '--policy-name', name, '--policy-document', JSON.stringify(document)));
  }

  it('takes a trust', async () => {
    const trust = JSON.stringify(githubTrust('123456789012', previewSubject('example/platform')));
    await aws.call('iam', 'create-role', '--role-name', 'preview', '--assume-role-policy-document', trust);
  });

  it('would not take a document without an effect', async () => {
    const broken = JSON.stringify(documents['dev-state']).replaceAll('"Effect":"Allow",', '');
    await assert.rejects(aws.call('iam', 'create-policy', '--policy-name', 'broken', '--policy-document', broken), /MalformedPolicy/);
  });

  for (const policyArn of ATTACHED) {
    it(`a boundary leaves ${policyArn.split('/').at(-1)} all that AWS gives it`, async () => {
      const { Policy: policy } = (await aws.call('iam', 'get-policy', '--policy-arn', policyArn)) as {
        Policy: { DefaultVersionId: string };
      };
      const { PolicyVersion: version } = (await aws.call(
        'iam',
        'get-policy-version',
        '--policy-arn',
        policyArn,
        '--version-id',
        policy.DefaultVersionId,
      )) as { PolicyVersion: { Document: Policy } };
      const [scope] = scopes;
      const boundary = boundaryPolicy(scope as (typeof scopes)[0]) as Policy;
      const actions = statementsOf(version.Document).flatMap(({ Action }) => listOf(Action));
      assert.ok(actions.length > 0);
      assert.deepEqual(
        actions.filter((action) => !isWithin(boundary, action)),
        [],
      );
    });
  }
});

function isWithin(boundary: Policy, action: string): boolean {
  const context = { 'iam:AWSServiceName': 'elasticloadbalancing.amazonaws.com' };
  const request = {
    principal: 'arn:aws:iam::123456789012:role/tallyship-dev-x',
    action,
    resource: 'arn:aws:ec2:us-east-1:123456789012:x/y',
    context,
  };
  return decide({ identity: [boundary] }, request).isAllowed;
}

function named<T>(role: string, parts: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(parts).map(([part, document]) => [`${role}-${part}`, document]));
}
