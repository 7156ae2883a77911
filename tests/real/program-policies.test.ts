import assert from 'node:assert/strict';
import { openOnExistingCluster, openPlatform } from '../engine/platform.ts';
import { type LocalAws, localAws } from '../support/aws-cli.ts';
import type { Thing } from '../support/engine/model.ts';
import type { PulumiStack } from '../support/engine/pulumi-stack.ts';
import { startMoto } from '../support/moto.ts';

const foreign = { mode: 'existing', bucket: 'lake-of-others', accountId: '444455556666', region: 'us-east-1' };
const STACKS: Record<string, () => Promise<PulumiStack>> = {
  dev: () => openPlatform('dev'),
  prod: () => openPlatform('prod'),
  'an existing cluster': () => openOnExistingCluster(),
  'a bucket of another account': () => openOnExistingCluster(foreign),
  'roles of another account': () =>
    openOnExistingCluster({
      ...foreign,
      roleArn: 'arn:aws:iam::444455556666:role/lake-writer',
      readerRoleArn: 'arn:aws:iam::444455556666:role/lake-reader',
    }),
};

/** One AWS call, and what it is about. */
type Call = { what: string; args: string[] };

for (const [name, open] of Object.entries(STACKS)) {
  describe(`policies that an up makes, put to moto: ${name}`, () => {
    let moto: Awaited<ReturnType<typeof startMoto>>;
    let aws: LocalAws;
    let stack: PulumiStack;
    before(async () => {
      moto = await startMoto({ MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' });
      aws = localAws(moto.url, moto.credentials.accessKeyId);
      stack = await open();
      await stack.up();
    });
    after(async () => {
      await stack?.close();
      aws?.remove();
      await moto?.stop();
    });

    it('takes all of them: roles, their policies, AWS’s own by name, buckets', async () => {
      const calls = callsOf(stack);
      assert.ok(calls.some(({ args }) => args[1] === 'put-role-policy'));
      for (const { what, args } of calls) await assert.doesNotReject(aws.call(...args), what);
    });

    it('takes what is to be added to a bucket of another account', async () => {
      const { lakeBucketGrant } = (await stack.outputs()) as { lakeBucketGrant?: unknown };
      assert.equal(lakeBucketGrant !== undefined, name === 'a bucket of another account');
      if (lakeBucketGrant === undefined) return;
      const text = typeof lakeBucketGrant === 'string' ? lakeBucketGrant : JSON.stringify(lakeBucketGrant);
      const parsed = JSON.parse(text);
      const policy = Array.isArray(parsed) ? { Version: '2012-10-17', Statement: parsed } : parsed;
      await aws.call('s3api', 'create-bucket', '--bucket', foreign.bucket);
      await aws.call('s3api', 'put-bucket-policy', '--bucket', foreign.bucket, '--policy', JSON.stringify(policy));
    });

    it('would not take one that is broken', async () => {
      const [policy] = stack.account.all('aws:iam/rolePolicy:RolePolicy') as [Thing];
      const broken = String(policy.inputs.policy).replaceAll('"Effect":"Allow",', '');
      const args = ['--role-name', String(policy.inputs.role), '--policy-name', 'broken', '--policy-document', broken];
      await assert.rejects(aws.call('iam', 'put-role-policy', ...args), /MalformedPolicy/);
    });
  });
}

/** Everything in the account that is a policy or carries one, in the order in which AWS can take it. */
function callsOf({ account }: PulumiStack): Call[] {
  const each = (token: string, argsOf: (inputs: Thing['inputs'], thing: Thing) => string[]): Call[] =>
    account.all(token).map((thing) => ({ what: `${token} ${thing.urn.split('::').at(-1)}`, args: argsOf(thing.inputs, thing) }));
  const role = (inputs: Thing['inputs']) => ['--role-name', String(inputs.role)];
  return [
    ...each('aws:iam/role:Role', ({ name, assumeRolePolicy }) => [
      ...['iam', 'create-role', '--role-name', String(name)],
      ...['--assume-role-policy-document', String(assumeRolePolicy)],
    ]),
    ...each('aws:iam/rolePolicy:RolePolicy', (inputs) => [
      ...['iam', 'put-role-policy', ...role(inputs)],
      ...['--policy-name', String(inputs.name), '--policy-document', String(inputs.policy)],
    ]),
    ...each('aws:iam/rolePolicyAttachment:RolePolicyAttachment', (inputs) => [
      ...['iam', 'attach-role-policy', ...role(inputs), '--policy-arn', String(inputs.policyArn)],
    ]),
    ...each('aws:s3/bucket:Bucket', ({ bucket }) => ['s3api', 'create-bucket', '--bucket', String(bucket)]),
    ...each('aws:s3/bucketPolicy:BucketPolicy', ({ bucket, policy }) => [
      ...['s3api', 'put-bucket-policy', '--bucket', String(bucket), '--policy', String(policy)],
    ]),
  ];
}
