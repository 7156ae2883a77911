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

/** All that `Pulumi.<stack>.yaml` may say under `tallyship:`. */
export const stackSchema = z
  .strictObject({
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
  })
  .superRefine(({ aws: { region: home }, network, cluster, lake, identity, images, metering }, context) => {
    const fault = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (cluster.mode === 'own' && !network) fault(['network'], 'is required with a cluster of the stack’s own');
    if (cluster.mode === 'existing' && network) fault(['network'], 'is of no use: the cluster has a network already');
    if (network?.mode === 'own') {
      for (const [index, zone] of network.zones.entries()) {
        if (!zone.startsWith(home)) fault(['network', 'zones', index], `is not a zone of ${home}`);
      }
    }
    if (lake.mode === 'own' && lake.replica?.region === home) fault(['lake', 'replica', 'region'], 'is the region of the stack itself');
    for (const key of ['roleArn', 'readerRoleArn'] as const) {
      if (lake.mode === 'existing' && lake[key] !== undefined && identity === 'irsa')
        fault(['lake', key], 'needs identity podIdentity: with irsa pods cannot go on to another role');
    }
    if (images.mode === 'prebuilt' && images.console === undefined && metering.hasConsole)
      fault(['images', 'console'], 'is required, or metering.hasConsole: false');
    if (metering.uploadApi.exposure.mode === 'internal' && metering.tls === undefined)
      fault(['metering', 'tls'], 'is required where other clusters reach the upload API: they send keys');
  });

export type StackSettings = z.output<typeof stackSchema>;
