import type { Input } from '@pulumi/pulumi';

/** What other parts need of a lake, made here or found. */
export type LakeOutputs = {
  bucket: Input<string>;
  bucketArn: Input<string>;
  region: string;
  /** Absent where the bucket encrypts with S3's own key. */
  kmsKeyArn?: Input<string>;
  /** The bucket of its replica. */
  replicaBucket?: Input<string> | undefined;
};
