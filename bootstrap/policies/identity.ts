import type { Statement } from '../../infra/policy-document.ts';
import { roleArns, type Scope } from './scope.ts';

/** AWS's own policies that roles of the program get. */
export const ATTACHED = [
  'AmazonEKSClusterPolicy',
  'AmazonEKSWorkerNodePolicy',
  'AmazonEKS_CNI_Policy',
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonEBSCSIDriverPolicyV2',
].map((policy) => `arn:aws:iam::aws:policy/${policy}`);

/** Services that the program hands roles to. */
const PASSED_TO = ['eks.amazonaws.com', 'pods.eks.amazonaws.com', 'vpc-flow-logs.amazonaws.com', 's3.amazonaws.com'];
/** Services that bring a role of their own into an account when they are used for the first time. */
const SERVICE_LINKED = ['eks.amazonaws.com', 'eks-nodegroup.amazonaws.com', 'spot.amazonaws.com'];

const iam = (names: string) => names.split(' ').map((name) => `iam:${name}`);
const ROLE_READS = iam('GetRole GetRolePolicy ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole ListRoleTags');
const oidcProviders = ({ accountId, region }: Scope) => `arn:aws:iam::${accountId}:oidc-provider/oidc.eks.${region}.amazonaws.com/id/*`;

export const identityReads = (scopes: Scope[]): Statement[] => [
  { Sid: 'ReadRoles', Effect: 'Allow', Action: ROLE_READS, Resource: scopes.flatMap(roleArns) },
  {
    Sid: 'ReadOidcProviders',
    Effect: 'Allow',
    Action: 'iam:GetOpenIDConnectProvider',
    Resource: [...new Set(scopes.map(oidcProviders))],
  },
];

/**
 * Roles of the stack, each within the stack's boundary: whoever may write a role's policy and hand the role on has that role's rights, so
 * without the boundary the deploy role could give itself any. Nothing here reaches the boundary or a role of CI.
 */
export function identityWrites(scope: Scope, boundaryArn: string): Statement[] {
  const Resource = roleArns(scope);
  const bounded = { 'iam:PermissionsBoundary': boundaryArn };
  const allow = (Sid: string, actions: string, Condition?: Statement['Condition']): Statement => ({
    Sid,
    Effect: 'Allow',
    Action: iam(actions),
    Resource,
    ...(Condition && { Condition }),
  });
  return [
    allow('MakeBoundedRoles', 'CreateRole PutRolePermissionsBoundary PutRolePolicy', { StringEquals: bounded }),
    allow('AttachToBoundedRoles', 'AttachRolePolicy', { StringEquals: bounded, ArnEquals: { 'iam:PolicyARN': ATTACHED } }),
    allow(
      'ChangeRoles',
      'UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy TagRole UntagRole DeleteRolePolicy DetachRolePolicy DeleteRole',
    ),
    allow('PassRoles', 'PassRole', { StringEquals: { 'iam:PassedToService': PASSED_TO } }),
    {
      Sid: 'OidcProviderOfCluster',
      Effect: 'Allow',
      Action: iam(
        'CreateOpenIDConnectProvider DeleteOpenIDConnectProvider TagOpenIDConnectProvider UntagOpenIDConnectProvider ' +
          'AddClientIDToOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint',
      ),
      Resource: oidcProviders(scope),
    },
    ...SERVICE_LINKED.map(
      (service): Statement => ({
        Sid: `ServiceLinked${service.split('.')[0]?.replace(/\W/g, '')}`,
        Effect: 'Allow',
        Action: 'iam:CreateServiceLinkedRole',
        Resource: `arn:aws:iam::${scope.accountId}:role/aws-service-role/${service}/*`,
        Condition: { StringEquals: { 'iam:AWSServiceName': service } },
      }),
    ),
  ];
}
