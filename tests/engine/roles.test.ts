import assert from 'node:assert/strict';
import type { Thing } from '../support/engine/model.ts';
import type { PulumiStack } from '../support/engine/pulumi-stack.ts';
import { type Decision, decide } from '../support/iam/decide.ts';
import type { Policy, Request } from '../support/iam/policy.ts';
import { openPlatform } from './platform.ts';

/** What nothing in the cluster should ever be able to do. */
const tempting = [
  ['iam:CreateUser', '*'],
  ['iam:PassRole', 'arn:aws:iam::111122223333:role/admin'],
  ['iam:AttachRolePolicy', 'arn:aws:iam::111122223333:role/admin'],
  ['sts:AssumeRole', 'arn:aws:iam::111122223333:role/admin'],
  ['s3:DeleteBucket', '{lake}'],
  ['s3:PutBucketPolicy', '{lake}'],
  ['s3:DeleteObject', '{lake}/samples/v1/a.parquet'],
  ['s3:PutObject', '{lake}/elsewhere/a.parquet'],
  ['s3:GetObject', 'arn:aws:s3:::somebody-elses/a'],
  ['kms:ScheduleKeyDeletion', '{key}'],
  ['kms:Decrypt', 'arn:aws:kms:us-east-1:111122223333:key/other'],
  ['secretsmanager:PutSecretValue', '{secret}'],
  ['secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:us-east-1:111122223333:secret:other-a1b2c3'],
  ['ec2:RunInstances', '*'],
  ['eks:DeleteCluster', '*'],
] as const;

const roles: Record<string, { can: readonly (readonly [string, string])[]; cannot: readonly (readonly [string, string])[] }> = {
  'upload-api': {
    can: [
      ['s3:PutObject', '{lake}/samples/v1/account=1/a.parquet'],
      ['s3:GetObject', '{lake}/usage/v1/account=1/a.parquet'],
      ['s3:ListBucket', '{lake}'],
      ['kms:GenerateDataKey', '{key}'],
      ['kms:Decrypt', '{key}'],
    ],
    cannot: [['secretsmanager:GetSecretValue', '{secret}']],
  },
  console: {
    can: [
      ['s3:GetObject', '{lake}/samples/v1/account=1/a.parquet'],
      ['s3:GetObject', '{lake}/usage/v1/account=1/a.parquet'],
      ['kms:Decrypt', '{key}'],
    ],
    cannot: [
      ['s3:PutObject', '{lake}/usage/v1/account=1/a.parquet'],
      ['s3:GetObject', '{lake}/control/v1/replay/a'],
      ['s3:GetObject', '{lake}/cloudzero/v1/a'],
      ['s3:ListBucket', '{lake}'],
      ['kms:GenerateDataKey', '{key}'],
      ['secretsmanager:GetSecretValue', '{secret}'],
    ],
  },
  'secret-reader': {
    can: [['secretsmanager:GetSecretValue', '{secret}']],
    cannot: [
      ['s3:GetObject', '{lake}/samples/v1/a.parquet'],
      ['s3:ListBucket', '{lake}'],
    ],
  },
};

describe('the roles of the program on the real engine', () => {
  let stack: PulumiStack;
  before(async () => {
    stack = await openPlatform('dev');
    await stack.up();
  });
  after(() => stack.close());

  for (const [name, { can, cannot }] of Object.entries(roles)) {
    for (const [action, place] of can) it(`${name} can ${action} on ${place}`, () => expect(name, action, place, true));
    for (const [action, place] of [...cannot, ...tempting])
      it(`${name} cannot ${action} on ${place}`, () => expect(name, action, place, false));
  }

  it('the console lists the tables that it reads, and nothing else', () => {
    const lists = (prefix: string) =>
      decisionOf('console', {
        action: 's3:ListBucket',
        resource: places()['{lake}'] as string,
        context: { 's3:prefix': prefix, 'aws:SecureTransport': 'true' },
      }).isAllowed;
    assert.deepEqual(['usage/', 'usage/v1/account=1/', 'samples/v1/', 'control/v1/', '', 'usage'].map(lists), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('nobody reaches the lake without TLS', () => {
    const request = { action: 's3:GetObject', resource: `${places()['{lake}']}/samples/v1/a.parquet` };
    const context = { 'aws:SecureTransport': 'false' };
    assert.match(decisionOf('upload-api', { ...request, context }).why, /explicit deny/);
  });

  it('names every role that has rights of its own', () => {
    const withPolicies = new Set(stack.account.all('aws:iam/rolePolicy:RolePolicy').map(({ inputs }) => inputs.role));
    const named = Object.keys(roles).map((name) => only('aws:iam/role:Role', name).id);
    assert.deepEqual([...withPolicies].sort(), named.sort());
  });

  function expect(name: string, action: string, place: string, isAllowed: boolean): void {
    const resource = place.replace(/\{\w+\}/, (key) => places()[key] as string);
    const decision = decisionOf(name, { action, resource, context: { 'aws:SecureTransport': 'true' } });
    assert.equal(decision.isAllowed, isAllowed, decision.why);
  }

  function decisionOf(name: string, request: Omit<Request, 'principal'>): Decision {
    const role = only('aws:iam/role:Role', name);
    const own = stack.account.all('aws:iam/rolePolicy:RolePolicy').filter(({ inputs }) => inputs.role === role.id);
    const resource = resourcePolicy(request.resource);
    return decide(
      { identity: own.map(({ inputs }) => JSON.parse(String(inputs.policy))), ...(resource && { resource }) },
      { principal: String(role.outputs.arn), ...request },
    );
  }

  /** The policy of the lake's bucket or key; a key without one of its own trusts its account. */
  function resourcePolicy(resource: string): Policy | undefined {
    if (resource.startsWith(places()['{lake}'] as string))
      return JSON.parse(String(only('aws:s3/bucketPolicy:BucketPolicy', 'lake').inputs.policy));
    if (resource !== places()['{key}']) return undefined;
    const { policy } = only('aws:kms/key:Key', 'lake').inputs;
    const root = { AWS: 'arn:aws:iam::111122223333:root' };
    const trustsAccount: Policy = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' },
    };
    return policy === undefined ? trustsAccount : JSON.parse(String(policy));
  }

  function places(): Record<string, string> {
    const arn = ({ outputs }: Thing) => String(outputs.arn);
    return {
      '{lake}': arn(only('aws:s3/bucket:Bucket', 'lake')),
      '{key}': arn(only('aws:kms/key:Key', 'lake')),
      '{secret}': arn(only('aws:secretsmanager/secret:Secret', 'upload-key')),
    };
  }

  function only(token: string, name: string): Thing {
    const found = stack.account.all(token).filter(({ urn }) => urn.endsWith(`::${name}`));
    assert.equal(found.length, 1, `${token} ${name}`);
    return found[0] as Thing;
  }
});
