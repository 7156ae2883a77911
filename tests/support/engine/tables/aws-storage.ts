import type { Asked, Made, Model, ModelTable } from '../model.ts';
import { isValues, textAt, valuesAt } from '../values.ts';
import { policyFaults } from './aws-identity.ts';

const bucketPart = (more: Partial<Model> = {}): Model => ({
  requires: ['bucket'],
  replacedBy: ['bucket'],
  refersTo: [{ input: 'bucket', to: 'aws:s3/bucket:Bucket', missing: 'NoSuchBucket' }],
  id: ({ inputs }) => textAt(inputs, 'bucket'),
  ...more,
});

/** Buckets, keys, secrets, repositories and log groups: what holds data, and so what a destroy may not simply drop. */
export const awsStorage: ModelTable = {
  'aws:s3/bucket:Bucket': {
    name: {
      input: 'bucket',
      max: 63,
      pattern: /^(?!xn--)(?!.*\.\.)[a-z0-9][a-z0-9.-]+[a-z0-9]$/,
      uniqueIn: 'world',
      isGenerated: true,
      clash: 'BucketAlreadyExists',
    },
    replacedBy: ['bucket', 'objectLockEnabled'],
    id: ({ inputs }) => textAt(inputs, 'bucket'),
    answers: ({ id, home }) => ({
      arn: `arn:aws:s3:::${id}`,
      bucketDomainName: `${id}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${id}.s3.${home.region}.amazonaws.com`,
      region: home.region,
    }),
    refusesDelete: ({ account, inputs, id }) => {
      const objects = account.all('object').filter((object) => object.inputs.bucket === id);
      return objects.length > 0 && inputs.forceDestroy !== true
        ? `BucketNotEmpty: The bucket ${id} you tried to delete is not empty (${objects.length} objects)`
        : undefined;
    },
    deletedWith: ({ account, id }) => {
      for (const object of account.all('object').filter((candidate) => candidate.inputs.bucket === id)) account.remove(object);
    },
  },
  'aws:s3/bucketVersioning:BucketVersioning': bucketPart(),
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration': bucketPart(),
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': bucketPart(),
  'aws:s3/bucketOwnershipControls:BucketOwnershipControls': bucketPart(),
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': bucketPart(),
  'aws:s3/bucketLogging:BucketLogging': bucketPart({
    refersTo: [
      { input: 'bucket', to: 'aws:s3/bucket:Bucket', missing: 'NoSuchBucket' },
      { input: 'targetBucket', to: 'aws:s3/bucket:Bucket', missing: 'InvalidTargetBucketForLogging' },
    ],
  }),
  'aws:s3/bucketPolicy:BucketPolicy': bucketPart({
    requires: ['bucket', 'policy'],
    faults: ({ inputs }) => policyFaults(inputs.policy, 'policy'),
    refuses: unknownPrincipal,
  }),
  'aws:s3/bucketReplicationConfig:BucketReplicationConfig': bucketPart({
    requires: ['bucket', 'role', 'rules'],
    refersTo: [
      { input: 'bucket', to: 'aws:s3/bucket:Bucket', missing: 'NoSuchBucket' },
      { input: 'role', to: 'aws:iam/role:Role', by: 'arn', missing: 'InvalidRequest' },
    ],
    refuses: cannotReplicate,
  }),
  'aws:cloudtrail/trail:Trail': {
    requires: ['s3BucketName'],
    name: {
      input: 'name',
      max: 128,
      pattern: /^(?!.*[._-]{2})[A-Za-z0-9][\w.-]+[A-Za-z0-9]$/,
      uniqueIn: 'region',
      isGenerated: true,
      clash: 'TrailAlreadyExistsException',
    },
    replacedBy: ['name'],
    quota: { limit: 5, error: 'MaximumNumberOfTrailsExceededException' },
    refersTo: [{ input: 's3BucketName', to: 'aws:s3/bucket:Bucket', missing: 'S3BucketDoesNotExistException' }],
    refuses: trailCannotWrite,
    id: ({ inputs }) => textAt(inputs, 'name'),
    answers: ({ id, arn, home }) => ({ arn: arn('cloudtrail', `trail/${id}`), homeRegion: home.region }),
  },
  'aws:s3/bucketNotification:BucketNotification': bucketPart(),
  'aws:kms/key:Key': {
    faults: ({ inputs }) => (inputs.policy === undefined ? [] : policyFaults(inputs.policy, 'policy')),
    replacedBy: ['keyUsage', 'customerMasterKeySpec', 'multiRegion'],
    id: ({ newId }) => newId('key'),
    answers: ({ id, arn }) => ({ arn: arn('kms', `key/${id}`), keyId: id }),
    // A key waits 7 to 30 days; nothing is ever deleted at once.
    staysPending: () => true,
  },
  'aws:kms/alias:Alias': {
    name: {
      input: 'name',
      max: 256,
      pattern: /^alias\/(?!aws\/)[\w/-]+$/,
      uniqueIn: 'region',
      isGenerated: true,
      clash: 'AlreadyExistsException',
    },
    replacedBy: ['name'],
    refersTo: [{ input: 'targetKeyId', to: 'aws:kms/key:Key', missing: 'NotFoundException' }],
    id: ({ inputs }) => textAt(inputs, 'name'),
    answers: ({ id, arn, inputs }) => ({ arn: arn('kms', id), targetKeyArn: arn('kms', `key/${textAt(inputs, 'targetKeyId')}`) }),
  },
  'aws:secretsmanager/secret:Secret': {
    name: {
      input: 'name',
      max: 512,
      pattern: /^[\w/+=.@-]+$/,
      uniqueIn: 'region',
      isGenerated: true,
      clash: 'InvalidRequestException: a secret with this name is already there or scheduled for deletion',
    },
    replacedBy: ['name', 'namePrefix'],
    id: (asked) => `${asked.arn('secretsmanager', `secret:${textAt(asked.inputs, 'name')}`)}-${asked.newId('s').slice(-6)}`,
    answers: ({ id }) => ({ arn: id }),
    staysPending: ({ inputs }) => inputs.recoveryWindowInDays !== 0,
  },
  'aws:secretsmanager/secretVersion:SecretVersion': {
    requires: ['secretId'],
    replacedBy: ['secretId', 'secretString'],
    refersTo: [{ input: 'secretId', to: 'aws:secretsmanager/secret:Secret', missing: 'ResourceNotFoundException' }],
    id: ({ inputs, newId }) => `${textAt(inputs, 'secretId')}|${newId('v')}`,
    answers: ({ id }) => ({ versionId: id.split('|')[1], versionStages: ['AWSCURRENT'] }),
  },
  'aws:secretsmanager/secretPolicy:SecretPolicy': {
    requires: ['secretArn', 'policy'],
    refersTo: [{ input: 'secretArn', to: 'aws:secretsmanager/secret:Secret', missing: 'ResourceNotFoundException' }],
    faults: ({ inputs }) => policyFaults(inputs.policy, 'policy'),
    id: ({ inputs }) => textAt(inputs, 'secretArn'),
  },
  'aws:ecr/repository:Repository': {
    name: {
      input: 'name',
      max: 256,
      pattern: /^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/,
      uniqueIn: 'region',
      isGenerated: true,
      clash: 'RepositoryAlreadyExistsException',
    },
    replacedBy: ['name', 'encryptionConfigurations'],
    id: ({ inputs }) => textAt(inputs, 'name'),
    answers: ({ id, arn, home }) => ({
      arn: arn('ecr', `repository/${id}`),
      registryId: home.accountId,
      repositoryUrl: `${home.accountId}.dkr.ecr.${home.region}.amazonaws.com/${id}`,
    }),
    refusesDelete: (made) =>
      imagesOf(made).length > 0 && made.inputs.forceDelete !== true
        ? `RepositoryNotEmptyException: ${made.id} holds ${imagesOf(made).length} images`
        : undefined,
    deletedWith: (made) => {
      for (const image of imagesOf(made)) made.account.remove(image);
    },
  },
  'aws:ecr/lifecyclePolicy:LifecyclePolicy': {
    requires: ['repository', 'policy'],
    replacedBy: ['repository'],
    refersTo: [{ input: 'repository', to: 'aws:ecr/repository:Repository', missing: 'RepositoryNotFoundException' }],
    id: ({ inputs }) => textAt(inputs, 'repository'),
    answers: ({ home }) => ({ registryId: home.accountId }),
  },
  'aws:ecr/repositoryPolicy:RepositoryPolicy': {
    requires: ['repository', 'policy'],
    refersTo: [{ input: 'repository', to: 'aws:ecr/repository:Repository', missing: 'RepositoryNotFoundException' }],
    faults: ({ inputs }) => policyFaults(inputs.policy, 'policy'),
    id: ({ inputs }) => textAt(inputs, 'repository'),
  },
  'aws:cloudwatch/logGroup:LogGroup': {
    name: {
      input: 'name',
      max: 512,
      pattern: /^[\w.\-/#]+$/,
      uniqueIn: 'region',
      isGenerated: true,
      clash: 'ResourceAlreadyExistsException',
    },
    replacedBy: ['name', 'logGroupClass'],
    id: ({ inputs }) => textAt(inputs, 'name'),
    answers: ({ id, arn }) => ({ arn: arn('logs', `log-group:${id}`) }),
  },
};

/** The images pushed to a repository; they live in the registry, not in the stack's state. */
function imagesOf({ account, id, home }: Made) {
  const url = `${home.accountId}.dkr.ecr.${home.region}.amazonaws.com/${id}`;
  return account.all('image').filter((image) => image.inputs.repository === url);
}

/** S3 looks a named role up when it takes a policy; an account's root always exists. */
function unknownPrincipal({ account, inputs, home }: Asked): string | undefined {
  const named = statementsIn(inputs.policy).flatMap((statement) => valuesAt(statement, 'Principal.AWS').flat());
  const roles = named.filter((arn): arn is string => typeof arn === 'string' && arn.startsWith(`arn:aws:iam::${home.accountId}:role/`));
  const stranger = roles.find((arn) => !account.all('aws:iam/role:Role').some((role) => role.outputs.arn === arn));
  return stranger && `MalformedPolicy: Invalid principal in policy: ${stranger}`;
}

function cannotReplicate({ account, inputs }: Asked): string | undefined {
  const keepsVersions = (bucket: string) =>
    account
      .all('aws:s3/bucketVersioning:BucketVersioning')
      .some((one) => one.inputs.bucket === bucket && textAt(one.inputs, 'versioningConfiguration.status') === 'Enabled');
  if (!keepsVersions(textAt(inputs, 'bucket')))
    return "InvalidRequest: Versioning must be 'Enabled' on the bucket to apply a replication configuration";
  const targets = valuesAt(inputs, 'rules[].destination.bucket').map((arn) => String(arn).replace('arn:aws:s3:::', ''));
  if (!targets.every(keepsVersions)) return 'InvalidRequest: Destination bucket must have versioning enabled.';
  const role = account.all('aws:iam/role:Role').find(({ outputs }) => outputs.arn === inputs.role);
  return textAt(role?.inputs ?? {}, 'assumeRolePolicy').includes('s3.amazonaws.com')
    ? undefined
    : `InvalidRequest: S3 cannot assume the role ${textAt(inputs, 'role')}`;
}

/** CloudTrail tries the bucket before it takes the trail. */
function trailCannotWrite({ account, inputs, arn, home }: Asked): string | undefined {
  const bucket = textAt(inputs, 's3BucketName');
  const policy = account.all('aws:s3/bucketPolicy:BucketPolicy').find((one) => one.inputs.bucket === bucket);
  const folder = [`arn:aws:s3:::${bucket}`, textAt(inputs, 's3KeyPrefix'), 'AWSLogs', home.accountId, '*'].filter(Boolean).join('/');
  const own = arn('cloudtrail', `trail/${textAt(inputs, 'name')}`);
  const allows = (action: string, resource: string) =>
    statementsIn(policy?.inputs.policy).some(
      (statement) =>
        textAt(statement, 'Principal.Service') === 'cloudtrail.amazonaws.com' &&
        statement.Action === action &&
        statement.Resource === resource &&
        JSON.stringify(statement.Condition).includes(`"aws:SourceArn":"${own}"`),
    );
  return allows('s3:GetBucketAcl', `arn:aws:s3:::${bucket}`) && allows('s3:PutObject', folder)
    ? undefined
    : `InsufficientS3BucketPolicyException: Incorrect S3 bucket policy is detected for bucket: ${bucket}`;
}

function statementsIn(policy: unknown): Record<string, unknown>[] {
  return typeof policy === 'string' ? [JSON.parse(policy).Statement].flat().filter(isValues) : [];
}
