import { z } from 'zod';
import { arn, cidr, count, dnsLabel, logDays } from './fields.ts';

/** Lowest minor in standard support; EKS charges more for those below. */
const STANDARD_SUPPORT_FLOOR = 34;
const instanceType = z.string().regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'is not an instance type such as m7g.large');
const addonVersion = z.string().regex(/^v[0-9]+\.[0-9]+\.[0-9]+-eksbuild\.[0-9]+$/, 'is not a version such as v1.14.3-eksbuild.11');

const nodeGroup = z
  .strictObject({
    os: z.enum(['AL2023', 'Bottlerocket']).default('AL2023').describe('Operating system.'),
    arch: z.enum(['arm64', 'amd64']).describe('Architecture; the instance types must have it.'),
    capacity: z.enum(['onDemand', 'spot']).describe('Spot is cheaper and may go at two minutes notice.'),
    instanceTypes: z.array(instanceType).min(1, 'names no instance type').describe('Types, best first. Several make spot steadier.'),
    min: count(0, 1000).describe('Fewest nodes.'),
    max: count(1, 1000).describe('Most nodes.'),
    desired: count(0, 1000).describe('Nodes at first; what scales them decides later.'),
    diskGib: count(20, 16_384).default(40).describe('Root volume, encrypted gp3.'),
    labels: z.record(z.string(), z.string()).default({}).describe('Labels of the nodes.'),
    taints: z
      .array(
        z.strictObject({
          key: z.string(),
          value: z.string().default(''),
          effect: z.enum(['NO_SCHEDULE', 'NO_EXECUTE', 'PREFER_NO_SCHEDULE']),
        }),
      )
      .default([])
      .describe('Taints of the nodes.'),
  })
  .refine(({ min, max }) => min <= max, { path: ['min'], error: 'is above max' })
  .refine(({ min, max, desired }) => min > max || (desired >= min && desired <= max), {
    path: ['desired'],
    error: 'is not within min and max',
  });

const access = z
  .strictObject({
    principalArn: arn('iam').describe('Role or user.'),
    level: z.enum(['clusterAdmin', 'admin', 'edit', 'view']).describe('What it may do.'),
    namespaces: z.array(dnsLabel).min(1, 'names no namespace').exactOptional().describe('Where. Absent: in all namespaces.'),
  })
  .refine(({ level, namespaces }) => level !== 'clusterAdmin' || namespaces === undefined, {
    path: ['namespaces'],
    error: 'cannot narrow clusterAdmin',
  });

const own = z
  .strictObject({
    mode: z.literal('own').describe('The stack makes the cluster.'),
    version: z
      .string('is not text; quote it')
      .regex(/^1\.[0-9]{2}$/, 'is not a minor such as 1.36')
      .describe('Kubernetes minor. One step at a time.'),
    allowsExtendedSupport: z.boolean().default(false).describe('Take a minor that is out of standard support, at EKS’s surcharge.'),
    publicAccessCidrs: z
      .array(cidr.refine((block) => !block.endsWith('/0'), 'opens the API server to everybody'))
      .describe('Who may reach the API server from outside. Empty: the endpoint is private, and `pulumi up` must run in the VPC.'),
    logDays: logDays.describe('Days that control-plane logs are kept.'),
    access: z
      .record(dnsLabel, access)
      .default({})
      .describe('Who may do what, by a name of your own. Who runs `pulumi up` is an admin already.'),
    nodeGroups: z
      .record(dnsLabel, nodeGroup)
      .refine((groups) => Object.keys(groups).length > 0, 'has no node group')
      .describe('Node groups by name.'),
    addonVersions: z
      .strictObject({
        vpcCni: addonVersion.exactOptional(),
        kubeProxy: addonVersion.exactOptional(),
        coredns: addonVersion.exactOptional(),
        podIdentityAgent: addonVersion.exactOptional(),
        metricsServer: addonVersion.exactOptional(),
        ebsCsi: addonVersion.exactOptional(),
      })
      .default({})
      .describe('Versions of the core add-ons. Absent: what EKS has as default for the minor.'),
  })
  .refine(({ version, allowsExtendedSupport }) => allowsExtendedSupport || !(Number(version.split('.')[1]) < STANDARD_SUPPORT_FLOOR), {
    path: ['version'],
    error: `is below 1.${STANDARD_SUPPORT_FLOOR}, out of standard support; raise it or set allowsExtendedSupport`,
  });

const existing = z.strictObject({
  mode: z.literal('existing').describe('The cluster is there already: only the metering is installed.'),
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, 'is not a cluster name')
    .describe('Its name.'),
  nodeCidrs: z.array(cidr).min(1, 'names no block').describe('Addresses of its nodes.'),
  serviceCidr: cidr.default('172.20.0.0/16').describe('Addresses of its Services.'),
});

export const clusterSchema = z.discriminatedUnion('mode', [own, existing]);
export type ClusterSettings = z.output<typeof clusterSchema>;
export type OwnClusterSettings = z.output<typeof own>;
export type NodeGroupSettings = z.output<typeof nodeGroup>;
export type AccessSettings = z.output<typeof access>;
