import * as aws from '@pulumi/aws';
import { all, type ComponentResourceOptions, type Input, type Output, type Resource } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import { workloadRoleName } from '../names.ts';
import { irsaTrust, podIdentityTrust, type ServiceAccount } from './policies.ts';

export type RoleCluster = {
  name: string;
  arn: Input<string>;
  /** `https://…`, of the cluster. */
  issuer: Input<string>;
  accountId: string;
};

export type WorkloadRoleArgs = {
  mode: 'podIdentity' | 'irsa';
  cluster: RoleCluster;
  /** One role for each service account: who may take it is exact. */
  account: ServiceAccount;
  /** JSON of what it may do. Absent: managed policies alone. */
  policy?: Input<string>;
  managedPolicyArns?: string[];
  /** Role of another account that the pods get in the end (Pod Identity goes there by itself). */
  targetRoleArn?: string;
};

/** A role that the pods of one service account get, and no others. */
export class WorkloadRole extends Component {
  readonly arn: Output<string>;
  /** What the service account must carry. With Pod Identity nothing: the association knows it. */
  readonly serviceAccountAnnotations: Record<string, string>;
  /** Pods that start before these exist have no credentials until they start again. */
  readonly grants: Resource[];

  constructor(name: string, args: WorkloadRoleArgs, options: ComponentResourceOptions) {
    super('identity:WorkloadRole', name, options);
    const role = new aws.iam.Role(name, { name: roleNameOf(args), assumeRolePolicy: trustOf(args) }, this.child());
    this.arn = role.arn;
    this.serviceAccountAnnotations = annotationsOf(args);
    this.grants = [...this.#policies(name, role, args), ...(args.mode === 'podIdentity' ? [this.#association(name, role, args)] : [])];
    this.registerOutputs();
  }

  #policies(name: string, role: aws.iam.Role, { policy, managedPolicyArns = [] }: WorkloadRoleArgs): Resource[] {
    const attachments = managedPolicyArns.map(
      (policyArn) =>
        new aws.iam.RolePolicyAttachment(`${name}-${policyArn.split('/').at(-1)}`, { role: role.name, policyArn }, this.child()),
    );
    if (policy === undefined) return attachments;
    return [...attachments, new aws.iam.RolePolicy(name, { role: role.name, policy }, this.child())];
  }

  #association(name: string, role: aws.iam.Role, { cluster, account, targetRoleArn }: WorkloadRoleArgs): Resource {
    return new aws.eks.PodIdentityAssociation(
      name,
      { clusterName: cluster.name, ...account, roleArn: role.arn, ...(targetRoleArn !== undefined && { targetRoleArn }) },
      this.child(),
    );
  }
}

// The name is fixed, so that the annotation stands in a preview as it will be.
const roleNameOf = ({ cluster, account }: WorkloadRoleArgs) => workloadRoleName(cluster.name, account);

function annotationsOf(args: WorkloadRoleArgs): Record<string, string> {
  if (args.mode === 'podIdentity') return {};
  return { 'eks.amazonaws.com/role-arn': `arn:aws:iam::${args.cluster.accountId}:role/${roleNameOf(args)}` };
}

function trustOf({ mode, cluster: { accountId, arn, issuer }, account }: WorkloadRoleArgs): Output<string> {
  return all([arn, issuer]).apply(([clusterArn, clusterIssuer]) =>
    JSON.stringify(mode === 'irsa' ? irsaTrust(accountId, clusterIssuer, account) : podIdentityTrust(clusterArn, account)),
  );
}
