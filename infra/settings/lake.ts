import { z } from 'zod';
import { accountId, arn, bucketName, days, dnsLabel, region } from './fields.ts';

const MAX_DAYS = 3650;

const cluster = z
  .strictObject({
    uploadApiRoleArn: arn('iam')
      .exactOptional()
      .describe('Role of its upload API, which writes; the stack of that cluster prints it as `lakeRoles`.'),
    consoleRoleArn: arn('iam').exactOptional().describe('Role of its console, which reads.'),
  })
  .refine((roles) => Object.keys(roles).length > 0, 'names no role');

const own = z.strictObject({
  mode: z.literal('own').describe('The stack makes the bucket.'),
  sampleDays: days(MAX_DAYS)
    .exactOptional()
    .describe('Days that samples, histograms and exemplars are kept; usage stays. Absent: for ever.'),
  accessLogDays: days(MAX_DAYS).default(90).describe('Days that the bucket’s access logs are kept.'),
  hasDataEvents: z
    .boolean()
    .default(false)
    .describe('CloudTrail logs who read and wrote each object, beside the access logs and as long; it costs by the event.'),
  replica: z
    .strictObject({ region: region.describe('Its region.') })
    .exactOptional()
    .describe('A second bucket in another region that every object is copied to. What is removed here stays there.'),
  clusters: z
    .record(dnsLabel, cluster)
    .default({})
    .describe(
      'Other clusters whose stacks have `lake: {mode: existing}` with this bucket, by a name of your own. Those that go through this stack’s upload API are not named here: they have a key of the secret `upload-keys`.',
    ),
});

const existing = z.strictObject({
  mode: z.literal('existing').describe('The bucket is there already, in this account or another one.'),
  bucket: bucketName.describe('Its name.'),
  accountId: accountId.describe('Its account.'),
  region: region.describe('Its region.'),
  kmsKeyArn: arn('kms').exactOptional().describe('The key that it encrypts with, if it is not S3’s own.'),
  roleArn: arn('iam')
    .exactOptional()
    .describe('Role of its account that the upload API goes through. Absent: the bucket’s policy must let the upload API in.'),
  readerRoleArn: arn('iam').exactOptional().describe('The same for the console, which reads.'),
});

export const lakeSchema = z.discriminatedUnion('mode', [own, existing]);
export type LakeSettings = z.output<typeof lakeSchema>;
export type OwnLakeSettings = z.output<typeof own>;
export type ExistingLakeSettings = z.output<typeof existing>;
