import * as aws from '@pulumi/aws';
import type { CustomResourceOptions } from '@pulumi/pulumi';

/**
 * A key of the lake. Without it a bucket that is left behind cannot be read, so the key stays where the bucket stays.
 * @param policy JSON; absent: its account alone decides
 */
export function lakeKey(
  name: string,
  { isProtected, isRetained }: { isProtected: boolean; isRetained: boolean },
  policy: string | undefined,
  options: CustomResourceOptions,
): aws.kms.Key {
  return new aws.kms.Key(
    name,
    {
      description: 'Lake',
      enableKeyRotation: true,
      deletionWindowInDays: isRetained ? 30 : 7,
      ...(policy !== undefined && { policy }),
    },
    { ...options, protect: isProtected, retainOnDelete: isRetained },
  );
}
