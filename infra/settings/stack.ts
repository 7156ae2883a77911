import { z } from 'zod';
import { clusterSchema } from './cluster.ts';
import { accountId, arn, region } from './fields.ts';
import { imagesSchema } from './images.ts';
import { lakeSchema } from './lake.ts';
import { meteringSchema } from './metering.ts';
import { networkSchema } from './network.ts';

const aws = z.strictObject({
  accountId: accountId.describe('The account that the stack may touch. With credentials of another one nothing is done.'),
  region: region.describe('Region of everything that the stack makes.'),
  roleArn: arn('iam').exactOptional().describe('Role that is assumed for all of it.'),
  permissionsBoundaryArn: arn('iam')
    .exactOptional()
    .describe('Policy that every role of the stack gets as its boundary. The deploy role of the bootstrap can make no role without it.'),
});

const secrets = z.strictObject({
  recoveryWindowDays: z
    .int('is not a whole number of days')
    .refine((days) => days === 0 || (days >= 7 && days <= 30), 'is not 0 or 7 to 30')
    .describe('Days in which a deleted secret can be had back; until then its name is taken. 0: none.'),
  operator: z.enum(['install', 'existing']).default('install').describe('Whether External Secrets is installed or there already.'),
});

const sections = z.strictObject({
  aws: aws.describe('Account and region.'),
  isProtected: z.boolean().describe('Whether network, cluster, keys and lake refuse to be destroyed.'),
  retainsData: z
    .boolean()
    .describe('Whether a destroy leaves the lake with its key, the volumes of the collectors, and the addresses of the NAT gateways.'),
  tags: z.record(z.string().max(128), z.string().max(256)).default({}).describe('Tags of everything, besides those of the stack itself.'),
  network: networkSchema.exactOptional().describe('VPC. Absent where the cluster is there already.'),
  cluster: clusterSchema.describe('EKS cluster.'),
  identity: z.enum(['podIdentity', 'irsa']).default('podIdentity').describe('How pods get their roles.'),
  secrets: secrets.describe('Secrets Manager and External Secrets.'),
  images: imagesSchema.describe('Container images.'),
  lake: lakeSchema.describe('Bucket of the data.'),
  metering: meteringSchema.prefault({}).describe('What runs in the cluster.'),
});
export type StackSettings = z.output<typeof sections>;

/** All that `Pulumi.<stack>.yaml` may say under `tallyship:`. */
export const stackSchema = sections.superRefine(
  (stack, context) => {
    // A fault that does not go on has left its section unread.
    const unread = new Set(context.issues.filter((issue) => issue.continue !== true).map(({ path }) => path?.[0]));
    const read = Object.fromEntries(Object.entries(stack).filter(([name]) => !unread.has(name)));
    for (const { path, message } of faultsBetween(read, unread.has('network'))) context.addIssue({ code: 'custom', path, message });
  },
  // Also when a section is wrong: who mends a stack wants to know all of it at once.
  { when: () => true },
);

type Fault = { path: (string | number)[]; message: string };

/**
 * Sections that do not fit one another, as far as they could be read.
 * @param isNetworkUnread there is a network, and what it says is wrong
 */
function faultsBetween(
  { aws: account, network, cluster, lake, identity, images, metering }: Partial<StackSettings>,
  isNetworkUnread: boolean,
): Fault[] {
  const faults: Fault[] = [];
  const fault = (path: Fault['path'], message: string) => faults.push({ path, message });
  const home = account?.region;
  if (cluster?.mode === 'own' && !network && !isNetworkUnread) fault(['network'], 'is required with a cluster of the stack’s own');
  if (cluster?.mode === 'existing' && network) fault(['network'], 'is of no use: the cluster has a network already');
  if (network?.mode === 'own' && home !== undefined) {
    for (const [index, zone] of network.zones.entries()) {
      if (!zone.startsWith(home)) fault(['network', 'zones', index], `is not a zone of ${home}`);
    }
  }
  if (lake?.mode === 'own' && lake.replica !== undefined && lake.replica.region === home)
    fault(['lake', 'replica', 'region'], 'is the region of the stack itself');
  for (const key of ['roleArn', 'readerRoleArn'] as const) {
    if (lake?.mode === 'existing' && lake[key] !== undefined && identity === 'irsa')
      fault(['lake', key], 'needs identity podIdentity: with irsa pods cannot go on to another role');
  }
  if (images?.mode === 'prebuilt' && images.console === undefined && metering?.hasConsole)
    fault(['images', 'console'], 'is required, or metering.hasConsole: false');
  if (metering?.uploadApi.exposure.mode === 'internal' && metering.tls === undefined)
    fault(['metering', 'tls'], 'is required where other clusters reach the upload API: they send keys');
  return faults;
}
