import * as aws from '@pulumi/aws';
import type { ComponentResourceOptions, Output } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import { policyJson } from '../policy-document.ts';
import type { OwnLakeSettings } from '../settings/lake.ts';
import { accessLogPolicy, lakeBucketPolicy } from './bucket-policy.ts';
import type { LakeOutputs } from './lake-outputs.ts';
import { SafeBucket } from './safe-bucket.ts';

export type LakeBucketArgs = { settings: OwnLakeSettings; accountId: string; region: string; isProtected: boolean; isRetained: boolean };

/** The bucket of the lake with its key, and the bucket that its access logs go to. */
export class LakeBucket extends Component implements LakeOutputs {
  readonly bucket: Output<string>;
  readonly bucketArn: Output<string>;
  readonly region: string;
  readonly kmsKeyArn: Output<string>;

  constructor(name: string, { settings, accountId, region, ...keeping }: LakeBucketArgs, options: ComponentResourceOptions) {
    super('lake:LakeBucket', name, options);
    const key = this.#key(name, keeping);
    const lake = new SafeBucket(
      name,
      {
        ...keeping,
        kmsKeyArn: key.arn,
        policy: (arn) => policyJson({ arn, key: key.arn }, (known) => lakeBucketPolicy(known.arn, known.key)),
        rules: settings.sampleDays === undefined ? [] : [expireAfter('samples', 'samples/', settings.sampleDays)],
      },
      this.child(),
    );
    const logs = new SafeBucket(
      `${name}-logs`,
      {
        ...keeping,
        policy: (arn) => policyJson({ arn, lake: lake.arn }, (known) => accessLogPolicy(known.arn, known.lake, accountId)),
        rules: [expireAfter('logs', '', settings.accessLogDays)],
      },
      this.child(),
    );
    new aws.s3.BucketLogging(
      name,
      { bucket: lake.name, targetBucket: logs.name, targetPrefix: 'lake/' },
      // Delivery is refused until the log bucket's policy lets it in.
      this.child({ dependsOn: [logs] }),
    );
    this.bucket = lake.name;
    this.bucketArn = lake.arn;
    this.region = region;
    this.kmsKeyArn = key.arn;
    this.registerOutputs();
  }

  /** Without its key a bucket that is left behind cannot be read, so the key stays where the bucket stays. */
  #key(name: string, { isProtected, isRetained }: Pick<LakeBucketArgs, 'isProtected' | 'isRetained'>): aws.kms.Key {
    return new aws.kms.Key(
      name,
      { description: 'Lake', enableKeyRotation: true, deletionWindowInDays: isRetained ? 30 : 7 },
      this.child({ protect: isProtected, retainOnDelete: isRetained }),
    );
  }
}

function expireAfter(id: string, prefix: string, days: number): aws.types.input.s3.BucketLifecycleConfigurationRule {
  return { id, status: 'Enabled', filter: { prefix }, expiration: { days } };
}
