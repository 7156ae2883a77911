import { allowing, listOf, policiesOf } from './iam.ts';
import { at, isTrue, isUnknown, isValues, listAt, type PolicyResource, type Rule } from './resource.ts';

const BUCKET = 'aws:s3/bucket:Bucket';

/** What must stand beside each bucket: a type that names the bucket, and what it has to say. */
const COMPANIONS: { type: string; missing: string; isGood: (companion: PolicyResource) => boolean }[] = [
  {
    type: 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
    missing: 'nothing keeps it from being made public',
    isGood: ({ inputs }) =>
      ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets'].every((key) => isTrue(inputs[key])),
  },
  {
    type: 'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration',
    missing: 'nothing says how it encrypts',
    isGood: ({ inputs }) =>
      listAt(inputs, 'rules').some((rule) => at(rule, 'applyServerSideEncryptionByDefault.sseAlgorithm') !== undefined),
  },
  {
    type: 'aws:s3/bucketPolicy:BucketPolicy',
    missing: 'no policy refuses requests without TLS',
    isGood: (companion) => isUnknown(companion.inputs.policy) || policiesOf(companion).some(deniesPlainHttp),
  },
];

export const bucketsClosed: Rule = {
  name: 'buckets-closed',
  demands: 'Every bucket is kept from being public, says how it encrypts, and refuses plain HTTP.',
  of: 'stack',
  check: (resources) => {
    const buckets = resources.filter(({ type }) => type === BUCKET);
    return buckets.flatMap(({ urn }) =>
      COMPANIONS.filter((companion) => !resources.some((other) => belongsTo(urn, companion.type, other) && companion.isGood(other))).map(
        ({ missing }) => ({ urn, says: missing }),
      ),
    );
  },
};

const belongsTo = (bucketUrn: string, type: string, other: PolicyResource) =>
  other.type === type && (other.refersTo.bucket ?? []).includes(bucketUrn);

function deniesPlainHttp(policy: Record<string, unknown>): boolean {
  const denying = listOf(policy.Statement).filter((statement) => isValues(statement) && !allowing(policy).includes(statement));
  return denying.some((statement) => isValues(statement) && String(secureTransport(statement.Condition)) === 'false');
}

const secureTransport = (condition: unknown) =>
  isValues(condition) && isValues(condition.Bool) ? condition.Bool['aws:SecureTransport'] : undefined;
