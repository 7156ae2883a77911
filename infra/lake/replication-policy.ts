import { type PolicyDocument, policyDocument } from '../policy-document.ts';

export type ReplicationArns = { source: string; sourceKey: string; replica: string; replicaKey: string };
export type ReplicationRegions = { source: string; replica: string };

/** What S3 needs to copy every new version of one bucket into one other. It can remove nothing there. */
export function replicationPolicy(
  { source, sourceKey, replica, replicaKey }: ReplicationArns,
  regions: ReplicationRegions,
): PolicyDocument {
  const by = (region: string) => ({ StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } });
  return policyDocument(
    { Sid: 'LookAtSource', Effect: 'Allow', Action: ['s3:GetReplicationConfiguration', 's3:ListBucket'], Resource: source },
    {
      Sid: 'ReadVersions',
      Effect: 'Allow',
      Action: ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'],
      Resource: `${source}/*`,
    },
    { Sid: 'WriteReplicas', Effect: 'Allow', Action: ['s3:ReplicateObject', 's3:ReplicateTags'], Resource: `${replica}/*` },
    { Sid: 'DecryptSource', Effect: 'Allow', Action: 'kms:Decrypt', Resource: sourceKey, Condition: by(regions.source) },
    // With a bucket key S3 asks for a data key.
    {
      Sid: 'EncryptReplicas',
      Effect: 'Allow',
      Action: ['kms:Encrypt', 'kms:GenerateDataKey'],
      Resource: replicaKey,
      Condition: by(regions.replica),
    },
  );
}
