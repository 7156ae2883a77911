import assert from 'node:assert/strict';
import { decide, type Policies } from '../../support/iam/decide.ts';
import type { Policy, Request, Statement } from '../../support/iam/policy.ts';

const role = 'arn:aws:iam::111122223333:role/reader';
const object = 'arn:aws:s3:::lake/samples/v1/a.parquet';
const policy = (...statements: Statement[]): Policy => ({ Version: '2012-10-17', Statement: statements });
const allow = (Action: string | string[], Resource: string | string[] = '*', more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const deny = (Action: string | string[], Resource: string | string[] = '*', more: Partial<Statement> = {}): Statement => ({
  ...allow(Action, Resource, more),
  Effect: 'Deny',
});
const read = (more: Partial<Request> = {}): Request => ({ principal: role, action: 's3:GetObject', resource: object, ...more });
const open = policy(allow('s3:*'));

const variable = (key: string) => ['$', '{', key, '}'].join('');

type Case = [what: string, policies: Policies, request: Request, isAllowed: boolean];

/** The decision cases of the IAM user guide, each in its smallest form. */
const cases: Case[] = [
  ['nothing allows: implicit deny', { identity: [] }, read(), false],
  ['an identity policy allows', { identity: [open] }, read(), true],
  ['an explicit deny wins over an allow', { identity: [open, policy(deny('s3:GetObject'))] }, read(), false],
  [
    'an explicit deny of the resource policy wins',
    { identity: [open], resource: policy(deny('s3:*', '*', { Principal: '*' })) },
    read(),
    false,
  ],
  ['actions are compared without case', { identity: [policy(allow('S3:getobject'))] }, read(), true],
  ['an action wildcard reaches its service only', { identity: [policy(allow('s3:Get*'))] }, read({ action: 's3:PutObject' }), false],
  [
    'a resource wildcard reaches below its prefix',
    { identity: [policy(allow('s3:GetObject', 'arn:aws:s3:::lake/samples/*'))] },
    read(),
    true,
  ],
  ['a bucket is not its objects', { identity: [policy(allow('s3:GetObject', 'arn:aws:s3:::lake'))] }, read(), false],
  [
    'a wildcard in a part of an ARN stays in it',
    { identity: [policy(allow('sqs:*', 'arn:aws:sqs:*:111122223333:q'))] },
    { principal: role, action: 'sqs:SendMessage', resource: 'arn:aws:sqs:us-east-1:999999999999:x:111122223333:q' },
    false,
  ],
  ['NotAction allows all but', { identity: [policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })] }, read(), true],
  ['NotAction leaves out what it names', { identity: [policy({ Effect: 'Allow', NotAction: 's3:*', Resource: '*' })] }, read(), false],
  [
    'a deny with NotAction spares what it names',
    { identity: [open, policy({ Effect: 'Deny', NotAction: 's3:GetObject', Resource: '*' })] },
    read(),
    true,
  ],
  [
    'NotResource leaves out what it names',
    { identity: [policy({ Effect: 'Allow', Action: 's3:*', NotResource: 'arn:aws:s3:::lake/*' })] },
    read(),
    false,
  ],
  [
    'a resource policy alone is enough in one account',
    { identity: [], resource: policy(allow('s3:GetObject', '*', { Principal: { AWS: role } })) },
    read(),
    true,
  ],
  [
    'a resource policy for the account is enough in one account',
    { identity: [], resource: policy(allow('s3:GetObject', '*', { Principal: { AWS: 'arn:aws:iam::111122223333:root' } })) },
    read(),
    true,
  ],
  [
    'a resource policy for somebody else is not',
    { identity: [], resource: policy(allow('s3:GetObject', '*', { Principal: { AWS: `${role}-2` } })) },
    read(),
    false,
  ],
  ['across accounts the identity alone is not enough', { identity: [open], resourceAccount: '444455556666' }, read(), false],
  [
    'across accounts the resource alone is not enough',
    { identity: [], resource: policy(allow('s3:*', '*', { Principal: '*' })), resourceAccount: '444455556666' },
    read(),
    false,
  ],
  [
    'across accounts both are',
    { identity: [open], resource: policy(allow('s3:*', '*', { Principal: { AWS: role } })), resourceAccount: '444455556666' },
    read(),
    true,
  ],
  ['a boundary that does not allow limits', { identity: [open], boundary: [policy(allow('ec2:*'))] }, read(), false],
  ['a boundary grants nothing', { identity: [], boundary: [open] }, read(), false],
  ['identity and boundary together allow', { identity: [open], boundary: [open] }, read(), true],
  ['a session policy limits', { identity: [open], session: [policy(allow('s3:ListBucket'))] }, read(), false],
  ['a service control policy limits', { identity: [open], organisation: [policy(allow('ec2:*'))] }, read(), false],
  [
    'a trust policy must name who takes a role',
    { identity: [policy(allow('sts:AssumeRole'))] },
    { principal: role, action: 'sts:AssumeRole', resource: 'arn:aws:iam::111122223333:role/other' },
    false,
  ],
  [
    'a key is used only if its policy says so',
    { identity: [policy(allow('kms:*'))], resource: policy(allow('kms:*', '*', { Principal: { AWS: `${role}-2` } })) },
    { principal: role, action: 'kms:Decrypt', resource: 'arn:aws:kms:us-east-1:111122223333:key/1' },
    false,
  ],
  [
    'a key that trusts the account leaves it to the identity',
    {
      identity: [policy(allow('kms:Decrypt'))],
      resource: policy(allow('kms:*', '*', { Principal: { AWS: 'arn:aws:iam::111122223333:root' } })),
    },
    { principal: role, action: 'kms:Decrypt', resource: 'arn:aws:kms:us-east-1:111122223333:key/1' },
    true,
  ],
];

type Conditions = NonNullable<Statement['Condition']>;
const conditionCases: [what: string, condition: Conditions, context: Request['context'], isAllowed: boolean][] = [
  ['an absent key fails StringEquals', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }, {}, false],
  ['an absent key satisfies StringNotEquals', { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } }, {}, true],
  ['an absent key satisfies …IfExists', { StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1' } }, {}, true],
  ['an absent key satisfies StringNotEqualsIfExists too', { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1' } }, {}, true],
  ['a present key must match …IfExists', { StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1' } }, { 'aws:PrincipalOrgID': 'o-2' }, false],
  [
    'one of a key’s values is enough',
    { StringEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] } },
    { 'aws:RequestedRegion': 'eu-west-1' },
    true,
  ],
  ['all keys of an operator must hold', { StringEquals: { 'aws:a': '1', 'aws:b': '2' } }, { 'aws:a': '1' }, false],
  [
    'all operators must hold',
    { StringEquals: { 'aws:a': '1' }, Bool: { 'aws:SecureTransport': 'true' } },
    { 'aws:a': '1', 'aws:SecureTransport': 'false' },
    false,
  ],
  ['key names are compared without case', { StringEquals: { 'AWS:a': '1' } }, { 'aws:A': '1' }, true],
  ['StringEquals knows no wildcards', { StringEquals: { 'aws:a': 'x*' } }, { 'aws:a': 'xy' }, false],
  ['StringLike does', { StringLike: { 'aws:a': 'x*' } }, { 'aws:a': 'xy' }, true],
  ['Null true: the key is absent', { Null: { 'aws:a': 'true' } }, {}, true],
  ['Null false: the key is there', { Null: { 'aws:a': 'false' } }, {}, false],
  ['IpAddress reaches its block', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, { 'aws:SourceIp': '203.0.113.200' }, true],
  ['IpAddress ends at its block', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, { 'aws:SourceIp': '203.0.114.1' }, false],
  ['ForAllValues holds for no value', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] } }, {}, true],
  [
    'ForAllValues fails at one other value',
    { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] } },
    { 'aws:TagKeys': ['a', 'b'] },
    false,
  ],
  ['ForAnyValue needs one', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['a'] } }, { 'aws:TagKeys': ['a', 'b'] }, true],
  [
    'a policy variable is filled in',
    { StringEquals: { 's3:prefix': `home/${variable('aws:username')}` } },
    { 's3:prefix': 'home/ann', 'aws:username': 'ann' },
    true,
  ],
  [
    'a value with a wildcard is no pattern',
    { StringLike: { 's3:prefix': variable('aws:username') } },
    { 's3:prefix': 'ann', 'aws:username': '*' },
    false,
  ],
];

describe('the IAM evaluator of the tests', () => {
  for (const [what, policies, request, isAllowed] of cases) {
    it(what, () => assert.equal(decide(policies, request).isAllowed, isAllowed, decide(policies, request).why));
  }
  for (const [what, condition, context, isAllowed] of conditionCases) {
    it(what, () => {
      const identity = [policy(allow('s3:*', '*', { Condition: condition }))];
      assert.equal(decide({ identity }, read({ context })).isAllowed, isAllowed);
    });
  }
  it('refuses an operator it does not know', () => {
    const identity = [policy(allow('s3:*', '*', { Condition: { StringAlmostEquals: { 'aws:a': '1' } } }))];
    assert.throws(() => decide({ identity }, read()), /StringAlmostEquals is not known/);
  });
});
