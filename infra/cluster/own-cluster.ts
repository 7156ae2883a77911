import type { ComponentResourceOptions, Output, Resource } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import type { WorkloadRole, WorkloadRoleArgs } from '../identity/workload-role.ts';
import { Cluster, type ClusterArgs, type ClusterOutputs } from './cluster.ts';
import { ADDONS_AFTER_NODES, ADDONS_BEFORE_NODES, CoreAddons, EBS_CSI_ACCOUNT, EBS_CSI_POLICY } from './core-addons.ts';
import { NodeGroups } from './node-groups.ts';

export type OwnClusterArgs = ClusterArgs & {
  accountId: string;
  identity: WorkloadRoleArgs['mode'];
  /** Makes the role of the EBS driver. */
  makeRole: (name: string, args: WorkloadRoleArgs, options: ComponentResourceOptions) => WorkloadRole;
};

/** Control plane, then what nodes need to get ready, then nodes, then what needs nodes. A destroy goes the other way. */
export class OwnCluster extends Component implements ClusterOutputs {
  readonly name: string;
  readonly arn: Output<string>;
  readonly issuer: Output<string>;
  readonly kubeconfig: Output<string>;
  readonly serviceCidr: string;
  readonly ready: Resource[];

  constructor(name: string, args: OwnClusterArgs, options: ComponentResourceOptions) {
    super('cluster:OwnCluster', name, options);
    const { settings, network, accountId, identity } = args;
    const cluster = new Cluster(name, args, this.child());
    const addons = { clusterName: cluster.name, kubernetesVersion: settings.version, versions: settings.addonVersions };
    const before = new CoreAddons(`${name}-base`, { ...addons, addons: ADDONS_BEFORE_NODES }, this.child({ dependsOn: [cluster] }));
    const nodes = new NodeGroups(
      `${name}-nodes`,
      { clusterName: cluster.name, version: settings.version, groups: settings.nodeGroups, subnetIds: network.privateSubnetIds },
      this.child({ dependsOn: [before] }),
    );
    const role = args.makeRole(
      'ebs-csi',
      { mode: identity, cluster: { ...cluster, accountId }, account: EBS_CSI_ACCOUNT, managedPolicyArns: [EBS_CSI_POLICY] },
      this.child({ dependsOn: [cluster] }),
    );
    const after = new CoreAddons(
      `${name}-addons`,
      { ...addons, addons: ADDONS_AFTER_NODES, ebsCsiRole: { mode: identity, role } },
      this.child({ dependsOn: [nodes] }),
    );
    this.name = cluster.name;
    this.arn = cluster.arn;
    this.issuer = cluster.issuer;
    this.kubeconfig = cluster.kubeconfig;
    this.serviceCidr = cluster.serviceCidr;
    this.ready = [nodes, after];
    this.registerOutputs();
  }
}
