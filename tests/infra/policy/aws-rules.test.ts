import assert from 'node:assert/strict';
import { UNKNOWN, type Values } from '../../../infra/policy/resource.ts';
import { policy, resource, said } from './resources.ts';

const BUCKET = 'arn:aws:s3:::lake';
const allow = (Action: unknown, Resource: unknown, more: Values = {}) => policy({ Sid: 'It', Effect: 'Allow', Action, Resource, ...more });
const role = (text: string) => resource('aws:iam/rolePolicy:RolePolicy', { policy: text });
const trust = (text: string) => resource('aws:iam/role:Role', { assumeRolePolicy: text });

/** Rule, what is asked for, what is wrong with it. */
const cases: [rule: string, what: string, asked: ReturnType<typeof resource>, faults: string[]][] = [
  ['iam-exact', 'objects below a prefix of one bucket', role(allow('s3:GetObject', [`${BUCKET}/samples/*`, `${BUCKET}/*`])), []],
  ['iam-exact', 'streams of one log group', role(allow('logs:PutLogEvents', 'arn:aws:logs:eu-west-1:1:log-group:flow:*')), []],
  ['iam-exact', 'a policy that is not known yet', role(UNKNOWN), []],
  ['iam-exact', 'all actions of a service', role(allow('s3:*', BUCKET)), ['statement It allows the action s3:*']],
  ['iam-exact', 'a family of actions', role(allow(['s3:Get*'], BUCKET)), ['statement It allows the action s3:Get*']],
  ['iam-exact', 'everything', role(allow('s3:GetObject', '*')), ['statement It allows the resource *']],
  [
    'iam-exact',
    'buckets by the beginning of their name',
    role(allow('s3:GetObject', 'arn:aws:s3:::la*/a')),
    ['statement It allows the resource arn:aws:s3:::la*/a'],
  ],
  [
    'iam-exact',
    'all roles of the account',
    role(allow('sts:AssumeRole', 'arn:aws:iam::1:role/*')),
    ['statement It allows the resource arn:aws:iam::1:role/*'],
  ],
  [
    'iam-exact',
    'a role of any account',
    role(allow('sts:AssumeRole', 'arn:aws:iam::*:role/a')),
    ['statement It allows the resource arn:aws:iam::*:role/a'],
  ],
  [
    'iam-exact',
    'all but one action',
    role(policy({ Sid: 'It', Effect: 'Allow', NotAction: 'iam:*', Resource: BUCKET })),
    ['statement It allows all but what NotAction names'],
  ],
  ['iam-exact', 'a denial of everything', role(policy({ Effect: 'Deny', Action: 's3:*', Resource: '*' })), []],
  [
    'iam-exact',
    'a policy inside a role',
    resource('aws:iam/role:Role', { inlinePolicies: [{ policy: allow('*', BUCKET) }] }),
    ['statement It allows the action *'],
  ],
  ['iam-exact', 'the key itself in its own policy', resource('aws:kms/key:Key', { policy: allow('kms:*', '*') }), []],
  [
    'iam-managed-listed',
    'nodes',
    resource('aws:iam/rolePolicyAttachment:RolePolicyAttachment', {
      policyArn: 'arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy',
    }),
    [],
  ],
  [
    'iam-managed-listed',
    'a name that every object has',
    resource('aws:iam/rolePolicyAttachment:RolePolicyAttachment', {
      policyArn: 'arn:aws:iam::aws:policy/toString',
    }),
    ['attaches arn:aws:iam::aws:policy/toString, which no table gives a reason for'],
  ],

  [
    'nothing-public',
    'a trust in one service account',
    trust(
      allow('sts:AssumeRoleWithWebIdentity', undefined, {
        Condition: { StringEquals: { 'oidc.example/id/1:sub': 'system:serviceaccount:a:b' } },
      }),
    ),
    [],
  ],
  [
    'nothing-public',
    'a trust in an issuer',
    trust(allow('sts:AssumeRoleWithWebIdentity', undefined, { Principal: { Federated: 'a' } })),
    ['statement It lets in everybody whom the issuer knows'],
  ],
  [
    'nothing-public',
    'a bucket for everybody',
    resource('aws:s3/bucketPolicy:BucketPolicy', {
      policy: allow('s3:GetObject', `${BUCKET}/*`, { Principal: { AWS: ['*'] } }),
    }),
    ['statement It lets everybody in'],
  ],
  [
    'nothing-public',
    'a port for one network',
    resource('aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', { cidrIpv4: '10.0.0.0/8' }),
    [],
  ],
  [
    'nothing-public',
    'a port for IPv6',
    resource('aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', { cidrIpv6: '::/0' }),
    ['lets in ::/0'],
  ],
  [
    'nothing-public',
    'a rule inside a group',
    resource('aws:ec2/securityGroup:SecurityGroup', { ingress: [{ cidrBlocks: ['0.0.0.0/0'] }] }),
    ['lets in 0.0.0.0/0'],
  ],
  [
    'nothing-public',
    'a way out',
    resource('aws:ec2/securityGroupRule:SecurityGroupRule', { type: 'egress', cidrBlocks: ['0.0.0.0/0'] }),
    [],
  ],
  [
    'nothing-public',
    'an endpoint for some',
    cluster({ vpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ['203.0.113.0/24'] } }),
    [],
  ],
  ['nothing-public', 'a private endpoint', cluster({ vpcConfig: { endpointPublicAccess: false } }), []],
  ['nothing-public', 'an endpoint that says nothing', cluster({ vpcConfig: {} }), ['the endpoint is public, and nothing says for whom']],
  [
    'nothing-public',
    'an endpoint for all',
    cluster({ vpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ['0.0.0.0/0'] } }),
    ['lets in 0.0.0.0/0'],
  ],
  ['nothing-public', 'a load balancer', resource('aws:lb/loadBalancer:LoadBalancer'), ['the load balancer faces the internet']],

  ['encrypted', 'a cluster without a key', cluster({}), ['Secrets in the cluster are not encrypted with a key of the account']],
  ['encrypted', 'a cluster with one', cluster({ encryptionConfig: { resources: ['secrets'], provider: { keyArn: UNKNOWN } } }), []],
  [
    'encrypted',
    'a disk',
    resource('aws:ec2/launchTemplate:LaunchTemplate', { blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: {} }] }),
    ['the disk /dev/xvda is not encrypted'],
  ],
  ['encrypted', 'nodes without a template', resource('aws:eks/nodeGroup:NodeGroup'), ['has no launch template that encrypts its disks']],
  [
    'encrypted',
    'volumes of pods',
    resource('kubernetes:storage.k8s.io/v1:StorageClass', { provisioner: 'ebs.csi.aws.com', parameters: {} }),
    ['its volumes are not encrypted'],
  ],

  [
    'metadata-guarded',
    'two hops',
    resource('aws:ec2/launchTemplate:LaunchTemplate', {
      metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 2 },
    }),
    ['the metadata answers over 2 hops'],
  ],
  ['logs-kept', 'a cluster without an audit', cluster({ enabledClusterLogTypes: ['api'] }), ['has no audit log']],
  [
    'versions-pinned',
    'a range',
    resource('kubernetes:helm.sh/v3:Release', { version: '^2.0.0' }),
    ['version ^2.0.0 is not an exact version'],
  ],
  [
    'versions-pinned',
    'the newest template',
    resource('aws:eks/nodeGroup:NodeGroup', { version: '1.36', launchTemplate: { version: '$Latest' } }),
    ['launchTemplate.version $Latest is not an exact version'],
  ],
  ['versions-pinned', 'an add-on', resource('aws:eks/addon:Addon', { addonVersion: 'v1.14.3-eksbuild.11' }), []],
  [
    'images-by-digest',
    'tags that move',
    resource('aws:ecr/repository:Repository', { imageTagMutability: 'MUTABLE' }),
    ['its tags can be moved'],
  ],
  [
    'images-by-digest',
    'a base by tag',
    resource('docker-build:index:Image', { buildArgs: { BASE: 'nodejs:24' } }),
    ['the base image nodejs:24 names no digest'],
  ],
  [
    'no-secret-values',
    'a Secret of the cluster',
    resource('kubernetes:core/v1:Secret', { stringData: { key: 'x' } }),
    ['stringData would stand in the state'],
  ],
  [
    'explicit-provider',
    'the default one',
    resource('aws:s3/bucket:Bucket', {}, { provider: 'default_7_48_0' }),
    ['is made by the default provider default_7_48_0'],
  ],
  ['explicit-provider', 'one that only begins so', resource('aws:s3/bucket:Bucket', {}, { provider: 'defaults' }), []],
];

describe('policy rules: what AWS is asked for', () => {
  for (const [rule, what, asked, faults] of cases) {
    it(`${rule}, ${what}: ${faults.join('; ') || 'nothing wrong'}`, () => assert.deepEqual(said(rule, asked), faults));
  }
});

describe('policy rules: a bucket and what stands beside it', () => {
  const bucket = resource('aws:s3/bucket:Bucket', {}, { name: 'lake' });
  const beside = (type: string, inputs: Values, of = bucket) => resource(`aws:s3/${type}`, inputs, { refersTo: { bucket: [of.urn] } });
  const closed = beside('bucketPublicAccessBlock:BucketPublicAccessBlock', {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  const encryption = beside('bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration', {
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
  });
  const denyHttp = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: '*',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  const tls = beside('bucketPolicy:BucketPolicy', { policy: policy(denyHttp) });

  it('takes a bucket with all three', () => assert.deepEqual(said('buckets-closed', bucket, closed, encryption, tls), []));

  it('names each that is missing', () =>
    assert.deepEqual(said('buckets-closed', bucket), [
      'nothing keeps it from being made public',
      'nothing says how it encrypts',
      'no policy refuses requests without TLS',
    ]));

  it('takes nothing that stands beside another bucket', () => {
    const other = resource('aws:s3/bucket:Bucket', {}, { name: 'logs' });
    const elsewhere = { ...closed, refersTo: { bucket: [other.urn] } };
    assert.deepEqual(said('buckets-closed', bucket, other, elsewhere, encryption, tls), ['nothing keeps it from being made public']);
  });

  it('wants all four locks', () => {
    const half = { ...closed, inputs: { ...closed.inputs, restrictPublicBuckets: false } };
    assert.deepEqual(said('buckets-closed', bucket, half, encryption, tls), ['nothing keeps it from being made public']);
  });

  it('takes no policy that allows plain HTTP for one that denies it', () => {
    const allows = { ...tls, inputs: { policy: policy({ ...denyHttp, Effect: 'Allow' }) } };
    assert.deepEqual(said('buckets-closed', bucket, closed, encryption, allows), ['no policy refuses requests without TLS']);
  });
});

function cluster(inputs: Values) {
  return resource('aws:eks/cluster:Cluster', inputs);
}
