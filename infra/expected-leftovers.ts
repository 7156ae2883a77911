import { meteringSecrets } from './secrets/metering-secrets.ts';
import type { StackSettings } from './settings/stack.ts';

/** Something that `pulumi destroy` does not remove. `name` is the resource's in the program; a volume has that of its claim. */
export type Leftover = { type: string; name: string; why: string };

const BUCKET_TYPES = [
  'Bucket',
  'BucketLifecycleConfiguration',
  'BucketOwnershipControls',
  'BucketPolicy',
  'BucketPublicAccessBlock',
  'BucketServerSideEncryptionConfiguration',
  'BucketVersioning',
];
const tokenOf = (type: string) => `aws:s3/${type[0]?.toLowerCase()}${type.slice(1)}:${type}`;

/** All that a destroy leaves: data and addresses that the settings keep, and what AWS keeps for some days in case it was a mistake. */
export function expectedLeftovers(settings: StackSettings, retainedClaims: string[]): Leftover[] {
  return [
    ...(settings.retainsData ? retained(settings, retainedClaims) : []),
    ...scheduledKeys(settings).map((name) => ({ type: 'aws:kms/key:Key', name, why: 'KMS waits before it deletes a key' })),
    ...scheduledSecrets(settings),
  ];
}

function retained({ network, lake }: StackSettings, retainedClaims: string[]): Leftover[] {
  const zones = network?.mode !== 'own' ? [] : network.nat === 'single' ? network.zones.slice(0, 1) : network.zones;
  const buckets = lake.mode === 'own' ? ['lake', 'lake-logs', ...(lake.replica ? ['lake-replica'] : [])] : [];
  return [
    ...zones.map((zone) => ({ type: 'aws:ec2/eip:Eip', name: `network-${zone}`, why: 'others may have it on their lists' })),
    ...buckets.flatMap((name) => BUCKET_TYPES.map((type) => ({ type: tokenOf(type), name, why: 'data' }))),
    ...lakeKeys(lake).map((name) => ({ type: 'aws:kms/key:Key', name, why: 'without it the data cannot be read' })),
    ...retainedClaims.map((name) => ({ type: 'aws:ebs/volume:Volume', name, why: 'it may hold what was not shipped' })),
  ];
}

const lakeKeys = (lake: StackSettings['lake']) => (lake.mode !== 'own' ? [] : ['lake', ...(lake.replica ? ['lake-replica'] : [])]);

function scheduledKeys({ cluster, lake, retainsData }: StackSettings): string[] {
  return [...(cluster.mode === 'own' ? ['cluster'] : []), ...(retainsData ? [] : lakeKeys(lake))];
}

function scheduledSecrets(settings: StackSettings): Leftover[] {
  const { recoveryWindowDays } = settings.secrets;
  if (recoveryWindowDays === 0) return [];
  const why = `can be had back for ${recoveryWindowDays} days; its name is taken until then`;
  return meteringSecrets(settings).map((name) => ({ type: 'aws:secretsmanager/secret:Secret', name, why }));
}
