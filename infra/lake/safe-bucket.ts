import * as aws from '@pulumi/aws';
import type { ComponentResourceOptions, CustomResourceOptions, Input, Output, Resource } from '@pulumi/pulumi';
import { Component } from '../component.ts';

export type SafeBucketArgs = {
  /** Absent: a name that Pulumi makes up. */
  bucketName?: string;
  /** Key of the account's own. Absent: S3's key, which log delivery needs. */
  kmsKeyArn?: Input<string>;
  /** JSON of its policy, from the ARN that it gets. */
  policy: (bucketArn: Output<string>) => Output<string>;
  isProtected: boolean;
  /** A destroy leaves it where it is; otherwise it takes what is in it along. */
  isRetained: boolean;
  /** A destroy does not take what is in it along: it refuses. */
  refusesWhileFull?: boolean;
  /** Days that a version is kept after another one took its place. */
  oldVersionDays?: number;
  rules: aws.types.input.s3.BucketLifecycleConfigurationRule[];
};

/** A bucket that is private, versioned, encrypted and owned by one account, with the lifecycle that versions need. */
export class SafeBucket extends Component {
  readonly name: Output<string>;
  readonly arn: Output<string>;

  constructor(name: string, args: SafeBucketArgs, options: ComponentResourceOptions) {
    super('lake:SafeBucket', name, options);
    const { bucketName: bucket, isRetained, refusesWhileFull = false } = args;
    const forceDestroy = !isRetained && !refusesWhileFull;
    const made = new aws.s3.Bucket(name, { ...(bucket !== undefined && { bucket }), forceDestroy }, this.#kept(args));
    this.name = made.bucket;
    this.arn = made.arn;
    this.#settings(name, args);
    this.registerOutputs();
  }

  /** A bucket that is left behind stays as closed as it was: all that is set on it stays too. */
  #settings(name: string, args: SafeBucketArgs): void {
    const { kmsKeyArn, policy, rules } = args;
    const bucket = this.name;
    const kept = (dependsOn: Resource[] = []) => this.#kept(args, dependsOn);
    const closed = new aws.s3.BucketPublicAccessBlock(name, { bucket, ...NOTHING_PUBLIC }, kept());
    new aws.s3.BucketOwnershipControls(name, { bucket, rule: { objectOwnership: 'BucketOwnerEnforced' } }, kept());
    const versioning = new aws.s3.BucketVersioning(name, { bucket, versioningConfiguration: { status: 'Enabled' } }, kept());
    new aws.s3.BucketServerSideEncryptionConfiguration(name, { bucket, rules: [encryptedWith(kmsKeyArn)] }, kept());
    new aws.s3.BucketLifecycleConfiguration(name, { bucket, rules: [...rules, oldVersions(args.oldVersionDays)] }, kept([versioning]));
    // S3 refuses two changes of who may do what at one time.
    new aws.s3.BucketPolicy(name, { bucket, policy: policy(this.arn) }, kept([closed]));
  }

  #kept({ isProtected, isRetained }: SafeBucketArgs, dependsOn: Resource[] = []): CustomResourceOptions {
    return this.child({ protect: isProtected, retainOnDelete: isRetained, dependsOn });
  }
}

const NOTHING_PUBLIC = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };

function encryptedWith(kmsMasterKeyId: Input<string> | undefined): aws.types.input.s3.BucketServerSideEncryptionConfigurationRule {
  if (kmsMasterKeyId === undefined) return { applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } };
  return { applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId }, bucketKeyEnabled: true };
}

/** The running hour is rewritten every ten minutes: each time leaves a version behind. */
const oldVersions = (noncurrentDays = 7): aws.types.input.s3.BucketLifecycleConfigurationRule => ({
  id: 'old-versions',
  status: 'Enabled',
  filter: {},
  noncurrentVersionExpiration: { noncurrentDays },
  abortIncompleteMultipartUpload: { daysAfterInitiation: 3 },
  expiration: { expiredObjectDeleteMarker: true },
});
