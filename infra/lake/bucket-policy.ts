import { type PolicyDocument, policyDocument, type Statement } from '../policy-document.ts';

/**
 * Policy of the lake's bucket: what is refused whoever asks. Each demand is a statement of its own: conditions of one statement must all
 * hold before it denies, so two demands in one would let each through when only the other is broken.
 */
export function lakeBucketPolicy(bucketArn: string, kmsKeyArn: string): PolicyDocument {
  return policyDocument(
    denyPlainHttp(bucketArn),
    denyPut('DenyOtherEncryption', bucketArn, 's3:x-amz-server-side-encryption', 'aws:kms'),
    denyPut('DenyOtherKey', bucketArn, 's3:x-amz-server-side-encryption-aws-kms-key-id', kmsKeyArn),
  );
}

/** Policy of the bucket that access logs go to: S3's log service writes them for one bucket of one account. */
export function accessLogPolicy(logBucketArn: string, sourceBucketArn: string, accountId: string): PolicyDocument {
  return policyDocument(denyPlainHttp(logBucketArn), {
    Sid: 'LogDelivery',
    Effect: 'Allow',
    Principal: { Service: 'logging.s3.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: `${logBucketArn}/*`,
    Condition: { ArnEquals: { 'aws:SourceArn': sourceBucketArn }, StringEquals: { 'aws:SourceAccount': accountId } },
  });
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
