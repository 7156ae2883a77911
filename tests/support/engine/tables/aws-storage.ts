import type { Made, Model, ModelTable } from '../model.ts';
import { textAt } from '../values.ts';
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
  }),
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
