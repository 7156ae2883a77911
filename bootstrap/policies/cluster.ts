import type { Statement } from '../../infra/policy-document.ts';
import { arnIn, type Scope } from './scope.ts';

const eks = (names: string) => names.split(' ').map((name) => `eks:${name}`);

const READS = eks(
  'DescribeCluster DescribeUpdate ListUpdates ListTagsForResource DescribeNodegroup ListNodegroups DescribeAddon ListAddons ' +
    'DescribeAccessEntry ListAccessEntries ListAssociatedAccessPolicies DescribePodIdentityAssociation ListPodIdentityAssociations',
);
const POD_IDENTITY = eks(
  'CreatePodIdentityAssociation UpdatePodIdentityAssociation DeletePodIdentityAssociation TagResource UntagResource',
);
const CLUSTER = eks(
  'CreateCluster DeleteCluster UpdateClusterConfig UpdateClusterVersion CreateNodegroup DeleteNodegroup UpdateNodegroupConfig ' +
    'UpdateNodegroupVersion CreateAddon UpdateAddon DeleteAddon CreateAccessEntry UpdateAccessEntry DeleteAccessEntry ' +
    'AssociateAccessPolicy DisassociateAccessPolicy',
);

/** A cluster with all that EKS keeps below it. */
const clusterArns = (scope: Scope) => [
  arnIn(scope, 'eks', `cluster/${scope.cluster}`),
  ...['nodegroup', 'addon', 'access-entry', 'podidentityassociation'].map((part) => arnIn(scope, 'eks', `${part}/${scope.cluster}/*`)),
];

export const clusterReads = (scopes: Scope[]): Statement[] => [
  { Sid: 'ReadClusters', Effect: 'Allow', Action: READS, Resource: scopes.flatMap(clusterArns) },
];

/** A cluster that was there already is never changed: only pods get roles. */
export const clusterWrites = (scope: Scope): Statement[] => [
  {
    Sid: 'ChangeCluster',
    Effect: 'Allow',
    Action: scope.makesCluster ? [...CLUSTER, ...POD_IDENTITY] : POD_IDENTITY,
    Resource: clusterArns(scope),
  },
];
