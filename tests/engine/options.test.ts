import assert from 'node:assert/strict';
import type { Thing } from '../support/engine/model.ts';
import type { PulumiStack } from '../support/engine/pulumi-stack.ts';
import { type Decision, decide } from '../support/iam/decide.ts';
import type { Policy } from '../support/iam/policy.ts';
import { openWithEverything, SHOP } from './everything.ts';
import { destroyLeavesWhatIsExpected, POLICY_PACK, upMakesWhatIsPreviewed } from './platform.ts';
import { itTouchesOnlyWhatIsListed } from './settings-changes.ts';

const LOAD_BALANCER = 'aws:lb/loadBalancer:LoadBalancer';

describe('the program on the real engine: every option at once', () => {
  let stack: PulumiStack;
  before(async () => {
    stack = await openWithEverything();
  });
  after(() => stack.close());
  const only = (token: string, name: string): Thing => {
    const found = stack.account.all(token).filter(({ urn }) => urn.endsWith(`::${name}`));
    assert.equal(found.length, 1, `${token} ${name}`);
    return found[0] as Thing;
  };
  const policyOf = (token: string, name: string) => JSON.parse(String(only(token, name).inputs.policy)) as Policy;

  it('makes exactly what it previews, within the policy pack, and is at rest afterwards', async () => {
    await upMakesWhatIsPreviewed(stack, '--policy-pack', POLICY_PACK);
    await stack.preview('--expect-no-changes');
  });

  it('puts the upload API behind one internal load balancer, and says how it is called', async () => {
    const balancers = stack.account.all(LOAD_BALANCER);
    assert.deepEqual(
      balancers.map(({ madeBy }) => madeBy),
      ['Service tallyship/upload-api-internal'],
    );
    assert.match(String((await stack.outputs()).uploadHost), /\.elb\./);
  });

  it('keeps each secret of a namespace to the reader of that namespace', () => {
    const readable = (role: string) =>
      [JSON.parse(String(only('aws:iam/rolePolicy:RolePolicy', role).inputs.policy)).Statement].flat().flatMap(({ Resource }) => Resource);
    const arnOf = (name: string) => only('aws:secretsmanager/secret:Secret', name).outputs.arn;
    assert.deepEqual(readable('tallyship-agent-secret-reader'), [arnOf('ingest-token')]);
    assert.deepEqual(
      readable('secret-reader').sort(),
      ['cloudzero-key', 'ingest-tokens', 'pull-secret', 'tls', 'upload-key', 'upload-keys'].map(arnOf).sort(),
    );
  });

  it('copies the lake into a bucket of the other region, by a role that can do that alone', () => {
    assert.equal(only('aws:s3/bucket:Bucket', 'lake-replica').home.region, 'us-west-2');
    assert.equal(only('aws:s3/bucketReplicationConfig:BucketReplicationConfig', 'lake-replica').home.region, 'us-east-1');
    const [source, replica] = ['lake', 'lake-replica'].map((name) => String(only('aws:s3/bucket:Bucket', name).outputs.arn)) as [
      string,
      string,
    ];
    const identity = [policyOf('aws:iam/rolePolicy:RolePolicy', 'lake-replica')];
    const principal = String(only('aws:iam/role:Role', 'lake-replica').outputs.arn);
    const can = (action: string, resource: string, context = {}) =>
      decide({ identity }, { principal, action, resource, context }).isAllowed;
    assert.ok(can('s3:GetObjectVersionForReplication', `${source}/usage/v1/a`) && can('s3:ReplicateObject', `${replica}/usage/v1/a`));
    for (const [action, resource] of [
      ['s3:ReplicateObject', `${source}/usage/v1/a`],
      ['s3:ReplicateDelete', `${replica}/usage/v1/a`],
      ['s3:DeleteObject', `${replica}/usage/v1/a`],
      ['s3:GetObject', `${source}/usage/v1/a`],
      ['s3:PutBucketPolicy', replica],
    ] as const)
      assert.equal(can(action, resource), false, action);
    const policy: Policy = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' },
    };
    const key = String(only('aws:kms/key:Key', 'lake').outputs.arn);
    const decrypts = (service: string) =>
      decide({ identity, resource: policy }, { principal, action: 'kms:Decrypt', resource: key, context: { 'kms:ViaService': service } })
        .isAllowed;
    assert.deepEqual(['s3.us-east-1.amazonaws.com', 'ec2.us-east-1.amazonaws.com'].map(decrypts), [true, false]);
  });

  it('lets the listed roles of another cluster into the lake, each to its own work, and no other role of that account', () => {
    const lake = String(only('aws:s3/bucket:Bucket', 'lake').outputs.arn);
    const own: Policy = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: ['s3:*', 'kms:*'], Resource: '*' } };
    const asks = (principal: string, action: string, resource: string, resourcePolicy: Policy, context = {}): Decision =>
      decide(
        { identity: [own], resource: resourcePolicy, resourceAccount: '111122223333' },
        { principal, action, resource, context: { 'aws:PrincipalArn': principal, 'aws:SecureTransport': 'true', ...context } },
      );
    const bucket = policyOf('aws:s3/bucketPolicy:BucketPolicy', 'lake');
    const keyPolicy = policyOf('aws:kms/key:Key', 'lake');
    const key = String(only('aws:kms/key:Key', 'lake').outputs.arn);
    const stranger = 'arn:aws:iam::444455556666:role/stranger';
    const { uploadApiRoleArn: writer, consoleRoleArn: reader } = SHOP;
    const cases: [string, string, string, Policy, boolean, object?][] = [
      [writer, 's3:PutObject', `${lake}/usage/v1/a`, bucket, true],
      [writer, 's3:PutObject', `${lake}/elsewhere/a`, bucket, false],
      [writer, 's3:DeleteObject', `${lake}/usage/v1/a`, bucket, false],
      [writer, 'kms:GenerateDataKey', key, keyPolicy, true],
      [writer, 'kms:ScheduleKeyDeletion', key, keyPolicy, false],
      [reader, 's3:GetObject', `${lake}/usage/v1/a`, bucket, true],
      [reader, 's3:ListBucket', lake, bucket, true, { 's3:prefix': 'usage/v1/' }],
      [reader, 's3:ListBucket', lake, bucket, false, { 's3:prefix': 'control/' }],
      [reader, 's3:PutObject', `${lake}/usage/v1/a`, bucket, false],
      [reader, 'kms:Decrypt', key, keyPolicy, true],
      [reader, 'kms:GenerateDataKey', key, keyPolicy, false],
      [stranger, 's3:GetObject', `${lake}/usage/v1/a`, bucket, false],
      [stranger, 'kms:Decrypt', key, keyPolicy, false],
    ];
    for (const [principal, action, resource, policy, isAllowed, context] of cases)
      assert.equal(asks(principal, action, resource, policy, context).isAllowed, isAllowed, `${principal} ${action} ${resource}`);
  });

  it('logs who reads and writes objects of the lake, and says what other stacks need', async () => {
    const trail = only('aws:cloudtrail/trail:Trail', 'lake');
    assert.equal(trail.id, 'tallyship-everything-lake');
    const { lakeSettings, lakeRoles } = (await stack.outputs()) as {
      lakeSettings: object;
      lakeRoles: { uploadApi: string; console: string };
    };
    assert.deepEqual(lakeSettings, {
      mode: 'existing',
      bucket: only('aws:s3/bucket:Bucket', 'lake').id,
      accountId: '111122223333',
      region: 'us-east-1',
      kmsKeyArn: only('aws:kms/key:Key', 'lake').outputs.arn,
    });
    assert.deepEqual(
      [lakeRoles.uploadApi, lakeRoles.console].map((arn) => arn.split('/').at(-1)),
      ['tallyship-everything-tallyship-upload-api', 'tallyship-everything-tallyship-console'],
    );
  });

  itTouchesOnlyWhatIsListed(
    () => stack,
    [
      {
        path: 'tallyship:lake.hasDataEvents',
        value: 'false',
        touches: ['delete aws:cloudtrail/trail:Trail lake', 'update aws:s3/bucketPolicy:BucketPolicy lake-logs'],
      },
      {
        path: 'tallyship:metering.uploadApi.exposure.callerCidrs[0]',
        value: '10.16.0.0/12',
        touches: [
          'update kubernetes:core/v1:Service tallyship/upload-api-internal',
          'update kubernetes:networking.k8s.io/v1:NetworkPolicy tallyship/upload-api',
        ],
      },
      {
        path: 'tallyship:metering.console.cacheGib',
        value: '20',
        touches: ['update kubernetes:apps/v1:Deployment tallyship/console'],
      },
    ],
  );

  it('leaves exactly what it says, and no load balancer', async () => {
    await destroyLeavesWhatIsExpected(stack);
    assert.deepEqual(stack.account.all(LOAD_BALANCER), []);
  });
});
