import * as aws from '@pulumi/aws';
import type { ComponentResourceOptions, Output, ProviderResource } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import { policyJson, serviceTrust } from '../policy-document.ts';
import { lakeBucketPolicy } from './bucket-policy.ts';
import { lakeKey } from './lake-key.ts';
import { replicationPolicy } from './replication-policy.ts';
import { SafeBucket, type SafeBucketArgs } from './safe-bucket.ts';

export type LakeReplicaArgs = Pick<SafeBucketArgs, 'isProtected' | 'isRetained' | 'rules'> & {
  source: SafeBucket;
  sourceKeyArn: Output<string>;
  sourceRegion: string;
  region: string;
  /** Of the replica's region; all else is made where the source is. */
  provider: ProviderResource;
};

/** A bucket in another region that S3 copies every new version to. Removals are not copied: what is lost here by mistake is still there. */
export class LakeReplica extends Component {
  readonly bucket: Output<string>;

  constructor(name: string, args: LakeReplicaArgs, options: ComponentResourceOptions) {
    super('lake:LakeReplica', name, options);
    const { source, sourceKeyArn, sourceRegion, region, provider, rules, ...keeping } = args;
    const key = lakeKey(name, keeping, undefined, this.child({ provider }));
    const replica = new SafeBucket(
      name,
      {
        ...keeping,
        rules,
        kmsKeyArn: key.arn,
        policy: (arn) => policyJson({ arn, key: key.arn }, (known) => lakeBucketPolicy(known.arn, known.key)),
      },
      { ...this.child(), providers: [provider] },
    );
    // S3 acts for the owner of the configuration alone; who may set one for the bucket is held by the roles that deploy.
    const role = new aws.iam.Role(name, { assumeRolePolicy: JSON.stringify(serviceTrust('s3.amazonaws.com')) }, this.child());
    const arns = { source: source.arn, sourceKey: sourceKeyArn, replica: replica.arn, replicaKey: key.arn };
    const policy = policyJson(arns, (known) => replicationPolicy(known, { source: sourceRegion, replica: region }));
    const rights = new aws.iam.RolePolicy(name, { role: role.name, policy }, this.child());
    new aws.s3.BucketReplicationConfig(
      name,
      { bucket: source.name, role: role.arn, rules: [everything(replica.arn, key.arn)] },
      // S3 refuses it until both buckets keep versions.
      this.child({ dependsOn: [source, replica, rights] }),
    );
    this.bucket = replica.name;
    this.registerOutputs();
  }
}

function everything(bucket: Output<string>, replicaKmsKeyId: Output<string>): aws.types.input.s3.BucketReplicationConfigRule {
  return {
    id: 'everything',
    status: 'Enabled',
    filter: { prefix: '' },
    deleteMarkerReplication: { status: 'Disabled' },
    // Objects under a key of the account's own are passed over unless they are asked for.
    sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
    destination: { bucket, encryptionConfiguration: { replicaKmsKeyId } },
  };
}
