import type { Thing } from '../support/engine/model.ts';

export type Call = { action: string; resource: string; context?: Record<string, string> };
type Calls = (thing: Thing) => Call[];

/**
 * What the provider asks AWS when it makes a thing and when it deletes it, as IAM sees the question. Source: the actions, resource types and
 * condition keys of the service authorization reference.
 * @throws Error that names a type without calls
 */
export function callsOf(thing: Thing): Call[] {
  const calls = TABLE[thing.token];
  if (!calls) throw new Error(`${thing.token}: say in tests/engine/aws-calls.ts what it asks of AWS, and grant it in bootstrap/policies`);
  return calls(thing);
}

const STACK_TAG = 'tallyship:stack';
const tagOf = ({ home }: Thing) => home.defaultTags[STACK_TAG] ?? '';
const made = (thing: Thing) => ({ [`aws:RequestTag/${STACK_TAG}`]: tagOf(thing) });
const owned = (thing: Thing) => ({ [`aws:ResourceTag/${STACK_TAG}`]: tagOf(thing) });
const arnOf = ({ home }: Thing, service: string, resource: string) => `arn:aws:${service}:${home.region}:${home.accountId}:${resource}`;
const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** A thing of EC2: made with its tags, below parents that are the stack's, then changed and deleted by its own tag. */
const ec2 =
  (type: string, create: string, { parents = [], changes }: { parents?: string[]; changes: string[] }): Calls =>
  (thing) => [
    { action: `ec2:${create}`, resource: arnOf(thing, 'ec2', `${type}/new`), context: made(thing) },
    { action: 'ec2:CreateTags', resource: arnOf(thing, 'ec2', `${type}/new`), context: { 'ec2:CreateAction': create } },
    ...parents.map((parent) => ({ action: `ec2:${create}`, resource: arnOf(thing, 'ec2', `${parent}/x`), context: owned(thing) })),
    ...changes.map((action) => ({ action: `ec2:${action}`, resource: arnOf(thing, 'ec2', `${type}/x`), context: owned(thing) })),
  ];

const on =
  (service: string, resource: (thing: Thing) => string, actions: string[], context?: (thing: Thing) => Record<string, string>): Calls =>
  (thing) =>
    actions.map((action) => ({ action: `${service}:${action}`, resource: resource(thing), ...(context && { context: context(thing) }) }));

const all =
  (...parts: Calls[]): Calls =>
  (thing) =>
    parts.flatMap((part) => part(thing));

const role = (thing: Thing) => `arn:aws:iam::${thing.home.accountId}:role/${text(thing.inputs.role ?? thing.inputs.name)}`;
const boundary = (thing: Thing) => `arn:aws:iam::${thing.home.accountId}:policy/tallyship-ci-boundary-${tagOf(thing)}`;
const withBoundary = (thing: Thing) => ({ 'iam:PermissionsBoundary': boundary(thing) });
const passed = (roleArn: (thing: Thing) => unknown, service: string): Calls =>
  on(
    'iam',
    (thing) => text(roleArn(thing)),
    ['PassRole'],
    () => ({ 'iam:PassedToService': service }),
  );

const bucket = (thing: Thing) => `arn:aws:s3:::${text(thing.inputs.bucket)}`;
const bucketPart = (...actions: string[]) => on('s3', bucket, actions);
const key = (thing: Thing) => arnOf(thing, 'kms', `key/${thing.id}`);
const secret = ({ id }: Thing) => id;
const repository = (thing: Thing) => arnOf(thing, 'ecr', `repository/${text(thing.inputs.repository ?? thing.inputs.name)}`);
const logGroup = (thing: Thing) => arnOf(thing, 'logs', `log-group:${text(thing.inputs.name)}`);
const cluster = (thing: Thing) => arnOf(thing, 'eks', `cluster/${text(thing.inputs.clusterName ?? thing.inputs.name)}`);
const below = (part: string) => (thing: Thing) => arnOf(thing, 'eks', `${part}/${text(thing.inputs.clusterName)}/x/y`);
const oidc = (thing: Thing) => `arn:aws:iam::${thing.home.accountId}:oidc-provider/${text(thing.inputs.url).replace('https://', '')}`;

const TABLE: Record<string, Calls> = {
  'aws:ec2/vpc:Vpc': ec2('vpc', 'CreateVpc', { changes: ['ModifyVpcAttribute', 'DeleteVpc'] }),
  'aws:ec2/subnet:Subnet': ec2('subnet', 'CreateSubnet', { parents: ['vpc'], changes: ['ModifySubnetAttribute', 'DeleteSubnet'] }),
  'aws:ec2/internetGateway:InternetGateway': ec2('internet-gateway', 'CreateInternetGateway', {
    changes: ['AttachInternetGateway', 'DetachInternetGateway', 'DeleteInternetGateway'],
  }),
  'aws:ec2/natGateway:NatGateway': ec2('natgateway', 'CreateNatGateway', {
    parents: ['subnet', 'elastic-ip'],
    changes: ['DeleteNatGateway'],
  }),
  'aws:ec2/eip:Eip': ec2('elastic-ip', 'AllocateAddress', { changes: ['ReleaseAddress'] }),
  'aws:ec2/routeTable:RouteTable': ec2('route-table', 'CreateRouteTable', { parents: ['vpc'], changes: ['DeleteRouteTable'] }),
  'aws:ec2/route:Route': on('ec2', (thing) => arnOf(thing, 'ec2', 'route-table/x'), ['CreateRoute', 'DeleteRoute'], owned),
  'aws:ec2/routeTableAssociation:RouteTableAssociation': all(
    on('ec2', (thing) => arnOf(thing, 'ec2', 'route-table/x'), ['AssociateRouteTable', 'DisassociateRouteTable'], owned),
    on('ec2', (thing) => arnOf(thing, 'ec2', 'subnet/x'), ['AssociateRouteTable', 'DisassociateRouteTable'], owned),
  ),
  'aws:ec2/securityGroup:SecurityGroup': ec2('security-group', 'CreateSecurityGroup', {
    parents: ['vpc'],
    changes: ['RevokeSecurityGroupEgress', 'DeleteSecurityGroup'],
  }),
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': all(
    on('ec2', (thing) => arnOf(thing, 'ec2', 'security-group/x'), ['AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress'], owned),
    on('ec2', (thing) => arnOf(thing, 'ec2', 'security-group-rule/x'), ['AuthorizeSecurityGroupIngress'], made),
  ),
  'aws:ec2/vpcEndpoint:VpcEndpoint': ec2('vpc-endpoint', 'CreateVpcEndpoint', {
    parents: ['vpc', 'subnet', 'security-group', 'route-table'],
    changes: ['ModifyVpcEndpoint', 'DeleteVpcEndpoints'],
  }),
  'aws:ec2/flowLog:FlowLog': all(
    ec2('vpc-flow-log', 'CreateFlowLogs', { parents: ['vpc'], changes: ['DeleteFlowLogs'] }),
    passed(({ inputs }) => inputs.iamRoleArn, 'vpc-flow-logs.amazonaws.com'),
  ),
  'aws:ec2/launchTemplate:LaunchTemplate': ec2('launch-template', 'CreateLaunchTemplate', {
    changes: ['CreateLaunchTemplateVersion', 'ModifyLaunchTemplate', 'DeleteLaunchTemplate', 'RunInstances'],
  }),
  'aws:eks/cluster:Cluster': all(
    on('eks', cluster, ['CreateCluster', 'TagResource', 'DescribeCluster', 'UpdateClusterConfig', 'UpdateClusterVersion', 'DeleteCluster']),
    passed(({ inputs }) => inputs.roleArn, 'eks.amazonaws.com'),
    on('kms', (thing) => arnOf(thing, 'kms', 'key/x'), ['DescribeKey', 'CreateGrant'], owned),
  ),
  'aws:eks/nodeGroup:NodeGroup': all(
    on('eks', cluster, ['CreateNodegroup']),
    on('eks', below('nodegroup'), ['DescribeNodegroup', 'UpdateNodegroupConfig', 'UpdateNodegroupVersion', 'DeleteNodegroup']),
    passed(({ inputs }) => inputs.nodeRoleArn, 'eks.amazonaws.com'),
    on(
      'ec2',
      (thing) => arnOf(thing, 'ec2', 'instance/new'),
      ['RunInstances'],
      (thing) => ({
        'ec2:LaunchTemplate': arnOf(thing, 'ec2', 'launch-template/x'),
      }),
    ),
  ),
  'aws:eks/addon:Addon': all(
    on('eks', cluster, ['CreateAddon']),
    on('eks', below('addon'), ['DescribeAddon', 'UpdateAddon', 'DeleteAddon']),
  ),
  'aws:eks/accessEntry:AccessEntry': all(
    on('eks', cluster, ['CreateAccessEntry']),
    on('eks', below('access-entry'), ['DescribeAccessEntry', 'DeleteAccessEntry']),
  ),
  'aws:eks/accessPolicyAssociation:AccessPolicyAssociation': on('eks', below('access-entry'), [
    'AssociateAccessPolicy',
    'DisassociateAccessPolicy',
  ]),
  'aws:eks/podIdentityAssociation:PodIdentityAssociation': all(
    on('eks', cluster, ['CreatePodIdentityAssociation']),
    on('eks', below('podidentityassociation'), ['DescribePodIdentityAssociation', 'DeletePodIdentityAssociation']),
    passed(({ inputs }) => inputs.roleArn, 'pods.eks.amazonaws.com'),
  ),
  'aws:iam/role:Role': all(
    on('iam', role, ['CreateRole'], withBoundary),
    on('iam', role, ['GetRole', 'TagRole', 'UpdateAssumeRolePolicy', 'ListInstanceProfilesForRole', 'DeleteRole']),
  ),
  'aws:iam/rolePolicy:RolePolicy': all(
    on('iam', role, ['PutRolePolicy'], withBoundary),
    on('iam', role, ['GetRolePolicy', 'DeleteRolePolicy']),
  ),
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': all(
    on('iam', role, ['AttachRolePolicy'], (thing) => ({ ...withBoundary(thing), 'iam:PolicyARN': text(thing.inputs.policyArn) })),
    on('iam', role, ['ListAttachedRolePolicies', 'DetachRolePolicy']),
  ),
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': on('iam', oidc, [
    'CreateOpenIDConnectProvider',
    'TagOpenIDConnectProvider',
    'GetOpenIDConnectProvider',
    'DeleteOpenIDConnectProvider',
  ]),
  'aws:s3/bucket:Bucket': all(
    bucketPart('CreateBucket', 'PutBucketTagging', 'ListBucket', 'ListBucketVersions', 'DeleteBucket'),
    on('s3', (thing) => `${bucket(thing)}/a`, ['DeleteObject', 'DeleteObjectVersion']),
  ),
  'aws:s3/bucketVersioning:BucketVersioning': bucketPart('PutBucketVersioning', 'GetBucketVersioning'),
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration': bucketPart(
    'PutEncryptionConfiguration',
    'GetEncryptionConfiguration',
  ),
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': bucketPart('PutBucketPublicAccessBlock', 'GetBucketPublicAccessBlock'),
  'aws:s3/bucketOwnershipControls:BucketOwnershipControls': bucketPart('PutBucketOwnershipControls', 'GetBucketOwnershipControls'),
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': bucketPart('PutLifecycleConfiguration', 'GetLifecycleConfiguration'),
  'aws:s3/bucketLogging:BucketLogging': bucketPart('PutBucketLogging', 'GetBucketLogging'),
  'aws:s3/bucketPolicy:BucketPolicy': bucketPart('PutBucketPolicy', 'GetBucketPolicy', 'DeleteBucketPolicy'),
  'aws:s3/bucketReplicationConfig:BucketReplicationConfig': all(
    bucketPart('PutReplicationConfiguration', 'GetReplicationConfiguration'),
    passed(({ inputs }) => inputs.role, 's3.amazonaws.com'),
  ),
  'aws:cloudtrail/trail:Trail': on('cloudtrail', (thing) => arnOf(thing, 'cloudtrail', `trail/${text(thing.inputs.name)}`), [
    'CreateTrail',
    'AddTags',
    'PutEventSelectors',
    'StartLogging',
    'GetTrailStatus',
    'GetEventSelectors',
    'DeleteTrail',
  ]),
  'aws:kms/key:Key': all(
    on('kms', () => '*', ['CreateKey'], made),
    on('kms', key, ['TagResource'], made),
    on('kms', key, ['EnableKeyRotation', 'DescribeKey', 'GetKeyPolicy', 'GetKeyRotationStatus', 'ScheduleKeyDeletion'], owned),
  ),
  'aws:secretsmanager/secret:Secret': on('secretsmanager', secret, ['CreateSecret', 'TagResource', 'DescribeSecret', 'DeleteSecret']),
  'aws:ecr/repository:Repository': on('ecr', repository, [
    'CreateRepository',
    'TagResource',
    'DescribeRepositories',
    'PutImage',
    'InitiateLayerUpload',
    'DeleteRepository',
  ]),
  'aws:ecr/lifecyclePolicy:LifecyclePolicy': on('ecr', repository, ['PutLifecyclePolicy', 'GetLifecyclePolicy', 'DeleteLifecyclePolicy']),
  'aws:cloudwatch/logGroup:LogGroup': on('logs', logGroup, ['CreateLogGroup', 'PutRetentionPolicy', 'TagResource', 'DeleteLogGroup']),
};
