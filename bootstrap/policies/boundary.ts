import { type PolicyDocument, policyDocument, type Statement } from '../../infra/policy-document.ts';
import { PROJECT } from '../names.ts';
import { arnIn, keyArns, type Scope, taggedAsStack } from './scope.ts';

// AWS's own policies of control plane, nodes and volumes (identity.ts) say `*` themselves. They are the reason for each `*` here, and the
// tests hold the one against the other. What they cannot do, no role of a stack can: no IAM but the role of load balancers.
const SYSTEM = [
  'autoscaling:DescribeAutoScalingGroups',
  'autoscaling:UpdateAutoScalingGroup',
  'ec2:AssignPrivateIpAddresses',
  'ec2:AttachNetworkInterface',
  'ec2:AttachVolume',
  'ec2:AuthorizeSecurityGroupIngress',
  'ec2:CopyVolumes',
  'ec2:CreateNetworkInterface',
  'ec2:CreateRoute',
  'ec2:CreateSecurityGroup',
  'ec2:CreateSnapshot',
  'ec2:CreateTags',
  'ec2:CreateVolume',
  'ec2:DeleteNetworkInterface',
  'ec2:DeleteRoute',
  'ec2:DeleteSecurityGroup',
  'ec2:DeleteSnapshot',
  'ec2:DeleteTags',
  'ec2:DeleteVolume',
  'ec2:Describe*',
  'ec2:DetachNetworkInterface',
  'ec2:DetachVolume',
  'ec2:EnableFastSnapshotRestores',
  'ec2:LockSnapshot',
  'ec2:ModifyInstanceAttribute',
  'ec2:ModifyNetworkInterfaceAttribute',
  'ec2:ModifyVolume',
  'ec2:RevokeSecurityGroupIngress',
  'ec2:UnassignPrivateIpAddresses',
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:GetAuthorizationToken',
  'ecr:GetDownloadUrlForLayer',
  'eks-auth:AssumeRoleForPodIdentity',
  'eks:DescribeCluster',
  'elasticloadbalancing:*',
  'kms:DescribeKey',
];

/** The most that a role of the stack can ever do, whatever policies it is given. */
export function boundaryPolicy(scope: Scope): PolicyDocument {
  const { lake } = scope;
  const buckets = [`arn:aws:s3:::${scope.prefix}*`, ...(lake ? [`arn:aws:s3:::${lake.bucket}`] : [])];
  const allow = (Sid: string, Action: string | string[], Resource: string | string[], Condition?: Statement['Condition']): Statement => ({
    Sid,
    Effect: 'Allow',
    Action,
    Resource,
    ...(Condition && { Condition }),
  });
  return policyDocument(
    allow('System', SYSTEM, '*'),
    allow('LoadBalancerRole', 'iam:CreateServiceLinkedRole', '*', {
      StringEquals: { 'iam:AWSServiceName': 'elasticloadbalancing.amazonaws.com' },
    }),
    allow(
      'Data',
      ['s3:GetObject*', 's3:PutObject*', 's3:DeleteObject*', 's3:Replicate*', 's3:ListBucket*', 's3:GetReplicationConfiguration'],
      buckets.flatMap((bucket) => [bucket, `${bucket}/*`]),
    ),
    allow('KeysOfStack', ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:CreateGrant'], keyArns(scope), taggedAsStack(scope)),
    ...(lake?.kmsKeyArn === undefined ? [] : [allow('KeyOfLake', ['kms:Decrypt', 'kms:GenerateDataKey'], lake.kmsKeyArn)]),
    ...(lake === undefined || lake.roleArns.length === 0
      ? []
      : [allow('RolesOfLake', ['sts:AssumeRole', 'sts:TagSession'], lake.roleArns)]),
    allow(
      'Secrets',
      ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
      arnIn(scope, 'secretsmanager', `secret:${PROJECT}/${scope.stack}/*`),
    ),
    allow(
      'Logs',
      ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
      arnIn(scope, 'logs', `log-group:${scope.prefix}*`),
    ),
  );
}
