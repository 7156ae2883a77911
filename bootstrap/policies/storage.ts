import type { Statement } from '../../infra/policy-document.ts';
import { PROJECT } from '../names.ts';
import { arnIn, keyArns, type Scope, taggedAsStack, taggingAsStack } from './scope.ts';

const calls = (service: string, names: string) => names.split(' ').map((name) => `${service}:${name}`);

const bucketArn = ({ prefix }: Scope) => `arn:aws:s3:::${prefix}*`;
const secretArn = (scope: Scope) => arnIn(scope, 'secretsmanager', `secret:${PROJECT}/${scope.stack}/*`);
const repositoryArn = (scope: Scope) => arnIn(scope, 'ecr', `repository/${scope.prefix}*`);
const trailArn = (scope: Scope) => arnIn(scope, 'cloudtrail', `trail/${scope.prefix}*`);
const logGroupArns = (scope: Scope) =>
  [`/aws/eks/${scope.cluster}/cluster`, `${scope.prefix}*`].map((name) => arnIn(scope, 'logs', `log-group:${name}`));
/** The same groups as those calls name them that reach into a group. */
const withStreams = (arns: string[]) => arns.flatMap((arn) => [arn, `${arn}:*`]);

const BUCKET_READS = calls(
  's3',
  'GetBucketLocation GetBucketVersioning GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketOwnershipControls ' +
    'GetEncryptionConfiguration GetLifecycleConfiguration GetBucketLogging GetBucketTagging GetBucketAcl GetBucketCORS GetBucketWebsite ' +
    'GetAccelerateConfiguration GetBucketRequestPayment GetReplicationConfiguration GetBucketObjectLockConfiguration GetBucketNotification ListBucket ' +
    'ListTagsForResource',
);
const KEY_READS = calls('kms', 'DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags');

/** How things are set up; no object, no value of a secret. */
export const storageReads = (scopes: Scope[]): Statement[] => [
  { Sid: 'ReadBuckets', Effect: 'Allow', Action: BUCKET_READS, Resource: scopes.map(bucketArn) },
  ...scopes.map(
    (scope): Statement => ({
      Sid: `ReadKeys${scope.stack.replace(/\W/g, '')}`,
      Effect: 'Allow',
      Action: KEY_READS,
      Resource: keyArns(scope),
      Condition: taggedAsStack(scope),
    }),
  ),
  {
    Sid: 'ReadSecretSettings',
    Effect: 'Allow',
    Action: calls('secretsmanager', 'DescribeSecret GetResourcePolicy'),
    Resource: scopes.map(secretArn),
  },
  {
    Sid: 'ReadRepositories',
    Effect: 'Allow',
    Action: calls('ecr', 'DescribeRepositories DescribeImages GetLifecyclePolicy GetRepositoryPolicy ListTagsForResource'),
    Resource: scopes.map(repositoryArn),
  },
  {
    Sid: 'ReadTrails',
    Effect: 'Allow',
    Action: calls('cloudtrail', 'GetTrail GetTrailStatus GetEventSelectors GetInsightSelectors ListTags'),
    Resource: scopes.map(trailArn),
  },
  {
    Sid: 'ReadLogGroups',
    Effect: 'Allow',
    Action: calls('logs', 'DescribeLogGroups ListTagsForResource'),
    Resource: [...new Set(scopes.map((scope) => arnIn(scope, 'logs', 'log-group:*')))],
  },
];

/** Buckets, keys, secrets without their values, repositories, trails and log groups of the stack. */
export const storageWrites = (scope: Scope): Statement[] => [
  {
    Sid: 'ChangeBuckets',
    Effect: 'Allow',
    Action: calls(
      's3',
      'CreateBucket DeleteBucket PutBucketVersioning PutBucketPolicy DeleteBucketPolicy PutBucketPublicAccessBlock ' +
        'PutBucketOwnershipControls PutEncryptionConfiguration PutLifecycleConfiguration PutBucketLogging PutBucketTagging ' +
        'PutReplicationConfiguration TagResource UntagResource',
    ),
    Resource: bucketArn(scope),
  },
  // A bucket goes with what is in it, where the settings say so.
  {
    Sid: 'EmptyBuckets',
    Effect: 'Allow',
    Action: calls('s3', 'ListBucketVersions DeleteObject DeleteObjectVersion'),
    Resource: [bucketArn(scope), `${bucketArn(scope)}/*`],
  },
  { Sid: 'MakeKeys', Effect: 'Allow', Action: 'kms:CreateKey', Resource: '*', Condition: taggingAsStack(scope) },
  {
    // Who may tag a key as the stack's may then change it. So: a key without an alias and without the tag of another stack, as a new one is.
    Sid: 'TagNewKeys',
    Effect: 'Allow',
    Action: 'kms:TagResource',
    Resource: keyArns(scope),
    Condition: {
      ...taggingAsStack(scope),
      StringEqualsIfExists: taggedAsStack(scope).StringEquals,
      Null: { 'kms:ResourceAliases': 'true' },
    },
  },
  {
    Sid: 'ChangeKeys',
    Effect: 'Allow',
    Action: calls(
      'kms',
      'EnableKeyRotation DisableKeyRotation PutKeyPolicy UpdateKeyDescription ScheduleKeyDeletion CancelKeyDeletion CreateGrant UntagResource',
    ),
    Resource: keyArns(scope),
    Condition: taggedAsStack(scope),
  },
  {
    Sid: 'ChangeSecrets',
    Effect: 'Allow',
    Action: calls('secretsmanager', 'CreateSecret UpdateSecret DeleteSecret RestoreSecret TagResource UntagResource'),
    Resource: secretArn(scope),
  },
  {
    Sid: 'ChangeRepositories',
    Effect: 'Allow',
    Action: calls(
      'ecr',
      'CreateRepository DeleteRepository PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy DeleteLifecyclePolicy ' +
        'TagResource UntagResource BatchCheckLayerAvailability InitiateLayerUpload UploadLayerPart CompleteLayerUpload PutImage ' +
        'BatchGetImage GetDownloadUrlForLayer BatchDeleteImage ListImages',
    ),
    Resource: repositoryArn(scope),
  },
  {
    Sid: 'ChangeTrails',
    Effect: 'Allow',
    Action: calls('cloudtrail', 'CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging PutEventSelectors AddTags RemoveTags'),
    Resource: trailArn(scope),
  },
  {
    Sid: 'ChangeLogGroups',
    Effect: 'Allow',
    Action: calls('logs', 'CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy TagResource UntagResource'),
    Resource: withStreams(logGroupArns(scope)),
  },
];
