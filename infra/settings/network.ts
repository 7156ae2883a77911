import { z } from 'zod';
import { cidr, logDays } from './fields.ts';

/** AWS services that can be reached without the NAT gateways; `s3` costs nothing, the others by the hour and zone. */
export const ENDPOINT_SERVICES = ['s3', 'ecr.api', 'ecr.dkr', 'sts', 'logs', 'secretsmanager', 'ec2', 'eks', 'eks-auth', 'kms'] as const;

const zone = z.string().regex(/^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$/, 'is not a zone such as us-east-1a');
const subnetIds = z.array(z.string().regex(/^subnet-[0-9a-f]{8,17}$/, 'is not a subnet id')).min(2, 'needs subnets in 2 zones');

const own = z.strictObject({
  mode: z.literal('own').describe('The stack makes the VPC.'),
  cidr: cidr
    .refine((block) => prefixOf(block) >= 16 && prefixOf(block) <= 20, 'is not a /16 to /20')
    .describe('Addresses of the VPC, /16 to /20. It cannot change later.'),
  zones: z
    .array(zone)
    .min(2, 'has fewer than 2 zones')
    .max(3, 'has more than 3 zones')
    .refine((zones) => new Set(zones).size === zones.length, 'names a zone twice')
    .describe('Two or three zones by name; their order decides which addresses each gets.'),
  nat: z.enum(['single', 'perZone']).describe('`single`: one NAT gateway, cheap; `perZone`: a zone that fails takes no other along.'),
  endpoints: z
    .array(z.enum(ENDPOINT_SERVICES))
    .default(['s3'])
    .describe('AWS services that are reached inside the VPC instead of through the NAT gateways.'),
  flowLogDays: logDays.exactOptional().describe('Days that flow logs are kept. Absent: no flow logs.'),
});

const existing = z.strictObject({
  mode: z.literal('existing').describe('The VPC is there already.'),
  vpcId: z
    .string()
    .regex(/^vpc-[0-9a-f]{8,17}$/, 'is not a VPC id')
    .describe('The VPC.'),
  cidr: cidr.describe('Addresses of the VPC.'),
  privateSubnetIds: subnetIds.describe('Subnets of the nodes, in two zones at least, with a way out.'),
  publicSubnetIds: subnetIds.describe('Subnets of load balancers.'),
});

export const networkSchema = z.discriminatedUnion('mode', [own, existing]);
export type NetworkSettings = z.output<typeof networkSchema>;
export type OwnNetworkSettings = z.output<typeof own>;

const prefixOf = (block: string) => Number(block.split('/')[1]);
