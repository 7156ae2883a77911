import assert from 'node:assert/strict';
import { previewLies, withoutProvider } from '../support/engine/findings.ts';
import { openPulumiStack, type PulumiStack, type Step } from '../support/engine/pulumi-stack.ts';
import { newSimulation, SIMULATED_ACCOUNT } from '../support/engine/simulation.ts';
import { type Call, callsOf } from './aws-calls.ts';
import { type CiRole, openRoles } from './ci-roles.ts';
import { openWithEverything } from './everything.ts';
import { destroyLeavesWhatIsExpected, openOnExistingCluster, openPlatform, unprotect } from './platform.ts';

const REPOSITORY = 'example@12345/platform@67890';
const settings = {
  'tallyship:aws': { accountId: SIMULATED_ACCOUNT, region: 'us-east-1' },
  'tallyship:github': { repository: REPOSITORY },
  'tallyship:stacks': {
    dev: { branch: 'main' },
    prod: { environment: 'production' },
    everything: { branch: 'main', replicaRegion: 'us-west-2' },
    existing: { branch: 'main', existingCluster: 'shared' },
  },
};
const STATE = 'arn:aws:s3:::tallyship-state-111122223333-us-east-1';
const role = (name: string) => `arn:aws:iam::${SIMULATED_ACCOUNT}:role/${name}`;
const boundary = (stack: string) => `arn:aws:iam::${SIMULATED_ACCOUNT}:policy/tallyship-ci-boundary-${stack}`;
const inAccount = (service: string, resource: string) => `arn:aws:${service}:us-east-1:${SIMULATED_ACCOUNT}:${resource}`;
const tagged = (stack: string) => ({ 'aws:ResourceTag/tallyship:stack': stack });

describe('the bootstrap on the real engine', () => {
  let stack: PulumiStack;
  let preview: Step[];
  let roles: (name: string) => CiRole;
  before(async () => {
    stack = await openBootstrap(settings);
    preview = await stack.preview();
    await stack.up();
    roles = openRoles(stack.account);
  });
  after(() => stack.close());

  it('makes exactly what it previews, by its own provider, and is at rest afterwards', async () => {
    const state = await stack.exported();
    assert.deepEqual(previewLies(preview, state), []);
    assert.deepEqual(withoutProvider(state), []);
    await stack.preview('--expect-no-changes');
  });

  it('says what to do next', async () => {
    const { next } = (await stack.outputs()) as { next: string };
    assert.match(next, /pulumi login 's3:\/\/tallyship-state-111122223333-us-east-1\?region=us-east-1'/);
    assert.match(next, /pulumi stack init prod --secrets-provider='awskms:\/\/alias\/tallyship-secrets\?region=us-east-1'/);
    assert.match(next, /deploy of dev: arn:aws:iam::111122223333:role\/tallyship-ci-deploy-dev/);
  });

  it('closes the bucket of the state', () => {
    const one = (type: string) => stack.account.all(`aws:s3/${type}`)[0]?.inputs ?? {};
    assert.deepEqual(one('bucketVersioning:BucketVersioning').versioningConfiguration, { status: 'Enabled' });
    const closed = one('bucketPublicAccessBlock:BucketPublicAccessBlock');
    for (const door of ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets'])
      assert.equal(closed[door], true);
    const rules = JSON.stringify(one('bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration').rules);
    assert.match(rules, /"sseAlgorithm":"aws:kms"/);
    const read = { action: 's3:GetObject', resource: `${STATE}/.pulumi/stacks/tallyship/dev.json` };
    assert.match(roles('tallyship-ci-deploy-dev').decide({ ...read, context: { 'aws:SecureTransport': 'false' } }).why, /explicit deny/);
  });

  describe('trusts', () => {
    const previews = `repo:${REPOSITORY}:pull_request`;
    const trusted: [string, string][] = [
      ['tallyship-ci-preview', previews],
      ['tallyship-ci-deploy-dev', `repo:${REPOSITORY}:ref:refs/heads/main`],
      ['tallyship-ci-deploy-prod', `repo:${REPOSITORY}:environment:production`],
    ];
    for (const [name, subject] of trusted) it(`${subject} with ${name}`, () => assert.equal(roles(name).trusts(subject), true));
    for (const [name] of trusted) {
      const others = [
        ...trusted.filter(([other]) => other !== name).map(([, subject]) => subject),
        'repo:example/platform:pull_request',
        'repo:example/platform:ref:refs/heads/main',
        'repo:fork@1/platform@2:pull_request',
        'repo:fork@1/platform@2:ref:refs/heads/main',
        `repo:${REPOSITORY}:ref:refs/heads/other`,
        `repo:${REPOSITORY}:ref:refs/heads/main-2`,
        `repo:${REPOSITORY}:ref:refs/tags/main`,
        `repo:${REPOSITORY}:environment:staging`,
        `repo:${REPOSITORY}-2:pull_request`,
        'repo:*:pull_request',
      ];
      for (const subject of others) it(`not ${subject} with ${name}`, () => assert.equal(roles(name).trusts(subject), false));
    }
    it('no token that is meant for somebody else', () => {
      assert.equal(roles('tallyship-ci-preview').trusts(previews, { aud: 'https://github.com/example' }), false);
      assert.equal(roles('tallyship-ci-preview').trusts(previews, { issuer: 'gitlab.com' }), false);
    });
  });

  describe('the preview role', () => {
    it('reads the state of each stack, and its secrets', () => {
      for (const name of ['dev', 'prod'])
        can('tallyship-ci-preview', { action: 's3:GetObject', resource: `${STATE}/.pulumi/stacks/tallyship/${name}.json` });
      can('tallyship-ci-preview', { action: 's3:ListBucket', resource: STATE, context: { 's3:prefix': '.pulumi/stacks/tallyship/' } });
      for (const { id } of stack.account.all('aws:kms/key:Key'))
        can('tallyship-ci-preview', { action: 'kms:Decrypt', resource: inAccount('kms', `key/${id}`) });
    });

    it('is granted nothing whose name is a change', () => {
      const changes = roles('tallyship-ci-preview').actions.filter((action) => !/:(Get|List|Describe|Decrypt$)/.test(action));
      assert.deepEqual(changes, []);
    });

    it('reads no object of a lake and no secret', () => {
      cannot('tallyship-ci-preview', { action: 's3:GetObject', resource: 'arn:aws:s3:::tallyship-dev-lake-1/usage/v1/a.parquet' });
      cannot('tallyship-ci-preview', {
        action: 'secretsmanager:GetSecretValue',
        resource: inAccount('secretsmanager', 'secret:tallyship/dev/upload-key-a1'),
      });
    });
  });

  describe('the deploy role of dev', () => {
    const own = `${role('tallyship-ci-deploy-dev')}`;
    const bounded = { 'iam:PermissionsBoundary': boundary('dev') };
    const tempting: [string, Call][] = [
      ['make a user', { action: 'iam:CreateUser', resource: `arn:aws:iam::${SIMULATED_ACCOUNT}:user/x` }],
      ['make a key for a user', { action: 'iam:CreateAccessKey', resource: `arn:aws:iam::${SIMULATED_ACCOUNT}:user/x` }],
      ['write its own policy', { action: 'iam:PutRolePolicy', resource: own, context: bounded }],
      [
        'attach to itself',
        { action: 'iam:AttachRolePolicy', resource: own, context: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' } },
      ],
      ['change whom it trusts', { action: 'iam:UpdateAssumeRolePolicy', resource: own }],
      ['change whom preview trusts', { action: 'iam:UpdateAssumeRolePolicy', resource: role('tallyship-ci-preview') }],
      [
        'loosen its own policies',
        { action: 'iam:CreatePolicyVersion', resource: `arn:aws:iam::${SIMULATED_ACCOUNT}:policy/tallyship-ci-deploy-dev-state` },
      ],
      ['loosen its boundary', { action: 'iam:CreatePolicyVersion', resource: boundary('dev') }],
      ['make a role without a boundary', { action: 'iam:CreateRole', resource: role('tallyship-dev-x') }],
      [
        'make a role with another boundary',
        { action: 'iam:CreateRole', resource: role('tallyship-dev-x'), context: { 'iam:PermissionsBoundary': boundary('prod') } },
      ],
      ['write a policy of an unbounded role', { action: 'iam:PutRolePolicy', resource: role('tallyship-dev-x') }],
      ['take a boundary away', { action: 'iam:DeleteRolePermissionsBoundary', resource: role('tallyship-dev-x') }],
      ['make a role of another stack', { action: 'iam:CreateRole', resource: role('tallyship-prod-x'), context: bounded }],
      [
        'attach administrator rights',
        {
          action: 'iam:AttachRolePolicy',
          resource: role('tallyship-dev-x'),
          context: { ...bounded, 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' },
        },
      ],
      ['pass any role', { action: 'iam:PassRole', resource: role('admin'), context: { 'iam:PassedToService': 'eks.amazonaws.com' } }],
      ['pass its own role', { action: 'iam:PassRole', resource: own, context: { 'iam:PassedToService': 'eks.amazonaws.com' } }],
      [
        'pass a role to a function',
        { action: 'iam:PassRole', resource: role('tallyship-dev-x'), context: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
      ],
      ['take another role', { action: 'sts:AssumeRole', resource: role('admin') }],
      ['read the state of prod', { action: 's3:GetObject', resource: `${STATE}/.pulumi/stacks/tallyship/prod.json` }],
      ['write the state of prod', { action: 's3:PutObject', resource: `${STATE}/.pulumi/stacks/tallyship/prod.json` }],
      ['unlock prod', { action: 's3:DeleteObject', resource: `${STATE}/.pulumi/locks/organization/tallyship/prod/a.json` }],
      ['drop old versions of its state', { action: 's3:DeleteObjectVersion', resource: `${STATE}/.pulumi/stacks/tallyship/dev.json` }],
      ['open the bucket of the state', { action: 's3:PutBucketPolicy', resource: STATE }],
      [
        'read a secret',
        { action: 'secretsmanager:GetSecretValue', resource: inAccount('secretsmanager', 'secret:tallyship/dev/upload-key-a1') },
      ],
      [
        'delete a secret of prod',
        { action: 'secretsmanager:DeleteSecret', resource: inAccount('secretsmanager', 'secret:tallyship/prod/upload-key-a1') },
      ],
      ['delete a VPC of prod', { action: 'ec2:DeleteVpc', resource: inAccount('ec2', 'vpc/x'), context: tagged('prod') }],
      ['delete a VPC of somebody', { action: 'ec2:DeleteVpc', resource: inAccount('ec2', 'vpc/x') }],
      [
        'make a VPC for prod',
        { action: 'ec2:CreateVpc', resource: inAccount('ec2', 'vpc/x'), context: { 'aws:RequestTag/tallyship:stack': 'prod' } },
      ],
      [
        'claim a VPC of somebody',
        { action: 'ec2:CreateTags', resource: inAccount('ec2', 'vpc/x'), context: { 'aws:RequestTag/tallyship:stack': 'dev' } },
      ],
      ['start instances without a template', { action: 'ec2:RunInstances', resource: inAccount('ec2', 'instance/x') }],
      [
        'start a template of prod',
        { action: 'ec2:RunInstances', resource: inAccount('ec2', 'launch-template/x'), context: tagged('prod') },
      ],
      ['delete the cluster of prod', { action: 'eks:DeleteCluster', resource: inAccount('eks', 'cluster/tallyship-prod') }],
      ['delete a key of prod', { action: 'kms:ScheduleKeyDeletion', resource: inAccount('kms', 'key/x'), context: tagged('prod') }],
      ['delete the key of the state', { action: 'kms:ScheduleKeyDeletion', resource: inAccount('kms', 'key/x') }],
      [
        'claim the key of the state',
        {
          action: 'kms:TagResource',
          resource: inAccount('kms', 'key/x'),
          context: { 'aws:RequestTag/tallyship:stack': 'dev', 'kms:ResourceAliases': 'alias/tallyship-state' },
        },
      ],
      [
        'claim a key of prod',
        {
          action: 'kms:TagResource',
          resource: inAccount('kms', 'key/x'),
          context: { 'aws:RequestTag/tallyship:stack': 'dev', ...tagged('prod') },
        },
      ],
      ['delete a bucket of prod', { action: 's3:DeleteBucket', resource: 'arn:aws:s3:::tallyship-prod-lake-1' }],
      ['change prod’s repository', { action: 'ecr:PutImage', resource: inAccount('ecr', 'repository/tallyship-prod-collector-1') }],
    ];
    for (const [what, call] of tempting) it(`cannot ${what}`, () => cannot('tallyship-ci-deploy-dev', call));

    it('can keep the state of dev', () => {
      const files = [
        'stacks/tallyship/dev.json',
        'history/tallyship/dev/a.json',
        'backups/tallyship/dev/a.json',
        'locks/organization/tallyship/dev/a.json',
      ];
      for (const file of files) {
        for (const action of ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'])
          can('tallyship-ci-deploy-dev', { action, resource: `${STATE}/.pulumi/${file}` });
      }
    });
  });

  it('holds every role of a stack to no more than its boundary', () => {
    const document = stack.account.all('aws:iam/policy:Policy').find(({ id }) => id === boundary('dev'))?.inputs.policy;
    const statements: { Action: string | string[] }[] = JSON.parse(String(document)).Statement;
    const iam = statements.flatMap(({ Action }) => Action).filter((action) => /^(iam|sts|organizations|\*)/.test(action));
    assert.deepEqual(iam, ['iam:CreateServiceLinkedRole']);
  });

  describe('its end', () => {
    it('refuses to be destroyed until it is unprotected, and while a state is there', async () => {
      await unprotect(stack);
      const home = { accountId: SIMULATED_ACCOUNT, region: 'us-east-1', cluster: '', defaultTags: {}, namespace: '' };
      const object = { token: 'object', id: 'dev.json', urn: '', madeBy: 'pulumi', home, outputs: {} };
      stack.account.put({ ...object, inputs: { bucket: STATE.split(':::')[1] } });
      await assert.rejects(stack.destroy(), /BucketNotEmpty/);
      assert.equal(stack.account.all('aws:kms/key:Key').length, 2, 'the keys outlive the state');
    });

    it('leaves exactly what it says', async () => {
      for (const thing of stack.account.all('object')) stack.account.remove(thing);
      await destroyLeavesWhatIsExpected(stack);
    });
  });

  function can(name: string, call: Call): void {
    const decision = roles(name).decide(call);
    assert.equal(decision.isAllowed, true, `${call.action} on ${call.resource}: ${decision.why}`);
  }
  function cannot(name: string, call: Call): void {
    const decision = roles(name).decide(call);
    assert.equal(decision.isAllowed, false, `${call.action} on ${call.resource}: ${decision.why}`);
  }
});

describe('the deploy roles on the real engine', () => {
  const open = {
    dev: () => openPlatform('dev'),
    prod: () => openPlatform('prod'),
    everything: openWithEverything,
    existing: openOnExistingCluster,
  };
  for (const [name, openStack] of Object.entries(open)) {
    it(`can make, change and delete all of ${name}, whose roles all have the boundary`, async () => {
      const bootstrap = await openBootstrap(settings);
      const platform = await openStack();
      try {
        await bootstrap.up();
        await platform.set('tallyship:aws.permissionsBoundaryArn', boundary(name));
        await platform.up();
        await platform.preview('--expect-no-changes');
        const made = platform.account.things.filter(({ token, urn }) => token.startsWith('aws:') && urn !== '');
        const unbound = made.filter(({ token, inputs }) => token === 'aws:iam/role:Role' && inputs.permissionsBoundary !== boundary(name));
        assert.deepEqual(unbound, []);
        const deploy = openRoles(bootstrap.account)(`tallyship-ci-deploy-${name}`);
        const refused = made.flatMap((thing) =>
          callsOf(thing)
            .filter((call) => !deploy.decide(call).isAllowed)
            .map(({ action, resource }) => `${thing.urn}: ${action} on ${resource}`),
        );
        assert.deepEqual(refused, []);
      } finally {
        await bootstrap.close();
        await platform.close();
      }
    });
  }
});

describe('wrong settings of the bootstrap on the real engine', () => {
  it('are refused, a line each, before any resource', async () => {
    const stack = await openBootstrap({
      ...settings,
      'tallyship:github': { repository: '*' },
      'tallyship:stacks': { ci: { branch: 'main' } },
    });
    try {
      const fault = await stack.up().then(
        () => assert.fail('made'),
        (error: Error) => error.message,
      );
      assert.match(fault, /tallyship:github\.repository: is not OWNER\/NAME/);
      assert.deepEqual(stack.account.left(), []);
    } finally {
      await stack.close();
    }
  });
});

function openBootstrap(own: Record<string, unknown>): Promise<PulumiStack> {
  const program = new URL('../../bootstrap', import.meta.url).pathname;
  return openPulumiStack({ program, stack: 'main', settings: own, simulation: newSimulation() });
}
