import type * as eks from '@pulumi/eks';
import type { AccessSettings } from '../settings/cluster.ts';

const POLICIES = {
  clusterAdmin: 'AmazonEKSClusterAdminPolicy',
  admin: 'AmazonEKSAdminPolicy',
  edit: 'AmazonEKSEditPolicy',
  view: 'AmazonEKSViewPolicy',
} as const satisfies Record<AccessSettings['level'], string>;

/** EKS access entries, one a principal. Who made the cluster has one already. */
export function accessEntries(access: Record<string, AccessSettings>): Record<string, eks.types.input.AccessEntryArgs> {
  return Object.fromEntries(
    Object.entries(access).map(([name, { principalArn, level, namespaces }]) => [
      name,
      {
        principalArn,
        accessPolicies: {
          [level]: {
            policyArn: `arn:aws:eks::aws:cluster-access-policy/${POLICIES[level]}`,
            accessScope: namespaces === undefined ? { type: 'cluster' } : { type: 'namespace', namespaces },
          },
        },
      },
    ]),
  );
}
