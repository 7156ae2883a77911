import { type PolicyDocument, policyDocument, type Statement } from '../policy-document.ts';

/**
 * Policy of the lake's bucket: what is refused whoever asks, and who of other clusters is let in. Each demand is a statement of its own: conditions of one statement must all
 * hold before it denies, so two demands in one would let each through when only the other is broken.
 */
export function lakeBucketPolicy(bucketArn: string, kmsKeyArn: string, grants: Statement[] = []): PolicyDocument {
  return policyDocument(
    denyPlainHttp(bucketArn),
    denyPut('DenyOtherEncryption', bucketArn, 's3:x-amz-server-side-encryption', 'aws:kms'),
    denyPut('DenyOtherKey', bucketArn, 's3:x-amz-server-side-encryption-aws-kms-key-id', kmsKeyArn),
    ...grants,
  );
}

/** Policy of the bucket that access logs go to: S3's log service writes them for one bucket of one account, and CloudTrail for one trail. */
export function accessLogPolicy(logBucketArn: string, sourceBucketArn: string, accountId: string, trailArn?: string): PolicyDocument {
  return policyDocument(
    denyPlainHttp(logBucketArn),
    {
      Sid: 'LogDelivery',
      Effect: 'Allow',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `${logBucketArn}/*`,
      Condition: { ArnEquals: { 'aws:SourceArn': sourceBucketArn }, StringEquals: { 'aws:SourceAccount': accountId } },
    },
    ...(trailArn === undefined ? [] : trailDelivery(logBucketArn, accountId, trailArn)),
  );
}

/** Where CloudTrail's events lie in the bucket of the logs. */
export const TRAIL_PREFIX = 'events';

/** CloudTrail looks whose bucket it is, then writes below its own prefix. */
function trailDelivery(bucketArn: string, accountId: string, trailArn: string): Statement[] {
  const trail = { Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' } } as const;
  const fromTrail = { 'aws:SourceArn': trailArn };
  return [
    { ...trail, Sid: 'TrailLooks', Action: 's3:GetBucketAcl', Resource: bucketArn, Condition: { StringEquals: fromTrail } },
    {
      ...trail,
      Sid: 'TrailWrites',
      Action: 's3:PutObject',
      Resource: `${bucketArn}/${TRAIL_PREFIX}/AWSLogs/${accountId}/*`,
      Condition: { StringEquals: { ...fromTrail, 's3:x-amz-acl': 'bucket-owner-full-control' } },
    },
  ];
}

/** Policy of the lake's key: its account decides as it would without one, and roles of other clusters may use it. */
export function lakeKeyPolicy(accountId: string, grants: Statement[]): PolicyDocument {
  const account = { Sid: 'Account', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` } } as const;
  return policyDocument({ ...account, Action: 'kms:*', Resource: '*' }, ...grants);
}

const denyPlainHttp = (bucketArn: string): Statement => ({
  Sid: 'DenyPlainHttp',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: [bucketArn, `${bucketArn}/*`],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});

/**
 * An upload that says nothing about encryption gets the bucket's own, so only a header that asks for another one is refused. A negated
 * operator holds for an absent key, with `IfExists` too: `Null` is what asks that the header be there.
 */
const denyPut = (Sid: string, bucketArn: string, header: string, demanded: string): Statement => ({
  Sid,
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:PutObject',
  Resource: `${bucketArn}/*`,
  Condition: { StringNotEquals: { [header]: demanded }, Null: { [header]: 'false' } },
});
