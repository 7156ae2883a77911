import type { Statement } from '../../infra/policy-document.ts';
import { PROJECT } from '../names.ts';
import type { Scope } from './scope.ts';

export type StoreArns = { bucketArn: string; stateKeyArn: string; secretsKeyArn: string };

const objects = (bucketArn: string, paths: string[]) => paths.map((path) => `${bucketArn}/.pulumi/${path}`);

// Where Pulumi's S3 backend keeps what: https://github.com/pulumi/pulumi, pkg/backend/diy, v3.259
const checkpoints = ({ stack }: Scope) => [`stacks/${PROJECT}/${stack}.*`];
const locks = ({ stack }: Scope) => [`locks/organization/${PROJECT}/${stack}/*`];
const past = ({ stack }: Scope) => [`history/${PROJECT}/${stack}/*`, `backups/${PROJECT}/${stack}/*`];

/** A preview takes no lock, so it writes nothing. */
export function stateReads({ bucketArn, stateKeyArn, secretsKeyArn }: StoreArns, scopes: Scope[]): Statement[] {
  const files = scopes.flatMap((scope) => [...checkpoints(scope), ...locks(scope), ...past(scope)]);
  return [
    {
      Sid: 'ListState',
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: bucketArn,
      Condition: { StringLike: { 's3:prefix': '.pulumi/*' } },
    },
    { Sid: 'ReadState', Effect: 'Allow', Action: 's3:GetObject', Resource: objects(bucketArn, ['meta.yaml', ...files]) },
    { Sid: 'DecryptState', Effect: 'Allow', Action: 'kms:Decrypt', Resource: [stateKeyArn, secretsKeyArn] },
  ];
}

export function stateWrites({ bucketArn, stateKeyArn }: StoreArns, scope: Scope): Statement[] {
  const files = [...checkpoints(scope), ...locks(scope), ...past(scope)];
  return [
    { Sid: 'WriteState', Effect: 'Allow', Action: ['s3:PutObject', 's3:DeleteObject'], Resource: objects(bucketArn, files) },
    { Sid: 'EncryptState', Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: stateKeyArn },
  ];
}
