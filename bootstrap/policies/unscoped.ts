import type { Statement } from '../../infra/policy-document.ts';

const NO_RESOURCE = 'AWS knows no resource for it';
const LISTS = 'it lists, and AWS narrows no list';

/** Actions that are granted on `*`, each with the reason; the tests refuse any other. */
export const UNSCOPED = {
  'cloudtrail:DescribeTrails': LISTS,
  'ec2:DescribeAccountAttributes': NO_RESOURCE,
  'ec2:DescribeAddresses': LISTS,
  'ec2:DescribeAddressesAttribute': LISTS,
  'ec2:DescribeAvailabilityZones': LISTS,
  'ec2:DescribeFlowLogs': LISTS,
  'ec2:DescribeImages': LISTS,
  'ec2:DescribeInstances': LISTS,
  'ec2:DescribeInstanceTypes': LISTS,
  'ec2:DescribeInternetGateways': LISTS,
  'ec2:DescribeLaunchTemplates': LISTS,
  'ec2:DescribeLaunchTemplateVersions': LISTS,
  'ec2:DescribeNatGateways': LISTS,
  'ec2:DescribeNetworkAcls': LISTS,
  'ec2:DescribeNetworkInterfaces': LISTS,
  'ec2:DescribePrefixLists': LISTS,
  'ec2:DescribeRegions': LISTS,
  'ec2:DescribeRouteTables': LISTS,
  'ec2:DescribeSecurityGroupRules': LISTS,
  'ec2:DescribeSecurityGroups': LISTS,
  'ec2:DescribeSubnets': LISTS,
  'ec2:DescribeTags': LISTS,
  'ec2:DescribeVpcEndpoints': LISTS,
  'ec2:DescribeVpcEndpointServices': LISTS,
  'ec2:DescribeVpcs': LISTS,
  'ecr:GetAuthorizationToken': 'one token for all repositories; what it opens is granted by repository',
  'eks:DescribeAddonVersions': NO_RESOURCE,
  'eks:DescribeClusterVersions': NO_RESOURCE,
  'servicequotas:GetAWSDefaultServiceQuota': NO_RESOURCE,
  'servicequotas:GetServiceQuota': NO_RESOURCE,
  'kms:CreateKey': 'the key has no ARN yet; the condition asks for the tag of the stack',
} as const satisfies Record<`${string}:${string}`, string>;

const reads = Object.keys(UNSCOPED).filter((action) => action !== 'kms:CreateKey');

/** All reads of the table in one statement: none of them tells a secret. */
export const unscopedReads = (): Statement => ({ Sid: 'ReadUnscoped', Effect: 'Allow', Action: reads, Resource: '*' });
