import * as aws from '@pulumi/aws';
import type { ComponentResourceOptions, Output, ProviderResource } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import { policyJson, type Statement } from '../policy-document.ts';
import type { OwnLakeSettings } from '../settings/lake.ts';
import { accessLogPolicy, lakeBucketPolicy, lakeKeyPolicy, TRAIL_PREFIX } from './bucket-policy.ts';
import { lakeKey } from './lake-key.ts';
import type { LakeOutputs } from './lake-outputs.ts';
import { LakeReplica } from './replica.ts';
import { SafeBucket } from './safe-bucket.ts';

/** Tables of what was received as it was received; what is made of it stays. */
const SAMPLE_TABLES = ['samples', 'histograms', 'exemplars'] as const;

export type LakeBucketArgs = {
  settings: OwnLakeSettings;
  accountId: string;
  region: string;
  /** Name of the trail of data events. */
  trailName: string;
  /** Rights of other clusters' roles on bucket and key. */
  grants: { bucket(bucketArn: string): Statement[]; key: Statement[] };
  /** Of the replica's region, where there is to be one. */
  replicaProvider?: ProviderResource;
  isProtected: boolean;
  isRetained: boolean;
};

/** The bucket of the lake with its key, the bucket that its logs go to, and its replica. */
export class LakeBucket extends Component implements LakeOutputs {
  readonly bucket: Output<string>;
  readonly bucketArn: Output<string>;
  readonly region: string;
  readonly kmsKeyArn: Output<string>;
  readonly replicaBucket: Output<string> | undefined;

  constructor(name: string, args: LakeBucketArgs, options: ComponentResourceOptions) {
    super('lake:LakeBucket', name, options);
    const { settings, accountId, region, grants, replicaProvider, isProtected, isRetained } = args;
    const keeping = { isProtected, isRetained };
    const key = lakeKey(
      name,
      keeping,
      grants.key.length > 0 ? JSON.stringify(lakeKeyPolicy(accountId, grants.key)) : undefined,
      this.child(),
    );
    const rules = SAMPLE_TABLES.flatMap((table) =>
      settings.sampleDays === undefined ? [] : [expireAfter(table, `${table}/`, settings.sampleDays)],
    );
    const policy = (arn: Output<string>) =>
      policyJson({ arn, key: key.arn }, (known) => lakeBucketPolicy(known.arn, known.key, grants.bucket(known.arn)));
    const lake = new SafeBucket(name, { ...keeping, kmsKeyArn: key.arn, policy, rules }, this.child());
    this.#logs(name, lake, args);
    if (replicaProvider && settings.replica) {
      const source = { source: lake, sourceKeyArn: key.arn, sourceRegion: region };
      const replica = { ...keeping, ...source, ...settings.replica, provider: replicaProvider, rules };
      this.replicaBucket = new LakeReplica(`${name}-replica`, replica, this.child()).bucket;
    }
    this.bucket = lake.name;
    this.bucketArn = lake.arn;
    this.region = region;
    this.kmsKeyArn = key.arn;
    this.registerOutputs();
  }

  /** Access logs, and where they are asked for CloudTrail's events: both are refused until the bucket's policy lets them in. */
  #logs(name: string, lake: SafeBucket, { settings, accountId, region, trailName, isProtected, isRetained }: LakeBucketArgs): void {
    const trailArn = settings.hasDataEvents ? `arn:aws:cloudtrail:${region}:${accountId}:trail/${trailName}` : undefined;
    const logs = new SafeBucket(
      `${name}-logs`,
      {
        isProtected,
        isRetained,
        policy: (arn) => policyJson({ arn, lake: lake.arn }, (known) => accessLogPolicy(known.arn, known.lake, accountId, trailArn)),
        rules: [expireAfter('logs', '', settings.accessLogDays)],
      },
      this.child(),
    );
    const whenLetIn = this.child({ dependsOn: [logs] });
    new aws.s3.BucketLogging(name, { bucket: lake.name, targetBucket: logs.name, targetPrefix: 'lake/' }, whenLetIn);
    if (settings.hasDataEvents) new aws.cloudtrail.Trail(name, trailOf(trailName, lake, logs), whenLetIn);
  }
}

/** Events of the lake's objects alone; the events of the account are another trail's affair. */
function trailOf(name: string, lake: SafeBucket, logs: SafeBucket): aws.cloudtrail.TrailArgs {
  return {
    name,
    s3BucketName: logs.name,
    s3KeyPrefix: TRAIL_PREFIX,
    includeGlobalServiceEvents: false,
    isMultiRegionTrail: false,
    enableLogFileValidation: true,
    advancedEventSelectors: [
      {
        name: 'objects of the lake',
        fieldSelectors: [
          { field: 'eventCategory', equals: ['Data'] },
          { field: 'resources.type', equals: ['AWS::S3::Object'] },
          { field: 'resources.ARN', startsWiths: [lake.arn.apply((arn) => `${arn}/`)] },
        ],
      },
    ],
  };
}

function expireAfter(id: string, prefix: string, days: number): aws.types.input.s3.BucketLifecycleConfigurationRule {
  return { id, status: 'Enabled', filter: { prefix }, expiration: { days } };
}
