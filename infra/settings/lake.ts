import { z } from 'zod';
import { accountId, arn, bucketName, days, region } from './fields.ts';

const MAX_DAYS = 3650;

const own = z.strictObject({
  mode: z.literal('own').describe('The stack makes the bucket.'),
  sampleDays: days(MAX_DAYS).exactOptional().describe('Days that samples are kept; usage stays. Absent: for ever.'),
  accessLogDays: days(MAX_DAYS).default(90).describe('Days that the bucket’s access logs are kept.'),
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
