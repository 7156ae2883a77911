import * as aws from '@pulumi/aws';
import type { ComponentResourceOptions, Resource } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import type { WorkloadRole } from '../identity/workload-role.ts';
import type { OwnClusterSettings } from '../settings/cluster.ts';

type Versions = OwnClusterSettings['addonVersions'];
type Addon = { key: keyof Versions; addonName: string; configuration?: object };

/** Nodes do not get ready without these. */
export const ADDONS_BEFORE_NODES: readonly Addon[] = [
  // Without the first setting NetworkPolicies are accepted and do nothing.
  { key: 'vpcCni', addonName: 'vpc-cni', configuration: { enableNetworkPolicy: 'true', env: { ENABLE_PREFIX_DELEGATION: 'true' } } },
  { key: 'kubeProxy', addonName: 'kube-proxy' },
  { key: 'podIdentityAgent', addonName: 'eks-pod-identity-agent' },
];

/** These are pods: without nodes EKS would wait for them until it gives up. */
export const ADDONS_AFTER_NODES: readonly Addon[] = [
  { key: 'coredns', addonName: 'coredns' },
  { key: 'metricsServer', addonName: 'metrics-server' },
  { key: 'ebsCsi', addonName: 'aws-ebs-csi-driver' },
];

export const EBS_CSI_ACCOUNT = { namespace: 'kube-system', serviceAccount: 'ebs-csi-controller-sa' };
export const EBS_CSI_POLICY = 'arn:aws:iam::aws:policy/AmazonEBSCSIDriverPolicyV2';

export type CoreAddonsArgs = {
  clusterName: string;
  kubernetesVersion: string;
  addons: readonly Addon[];
  versions: Versions;
  /** Role of the EBS driver, where it is among the add-ons and takes it by annotation (IRSA). */
  ebsCsiRole?: { mode: 'podIdentity' | 'irsa'; role: WorkloadRole };
};

/** EKS add-ons at the version of the settings, or at EKS's default for the cluster's minor. */
export class CoreAddons extends Component {
  readonly addons: Resource[];

  constructor(name: string, args: CoreAddonsArgs, options: ComponentResourceOptions) {
    super('cluster:CoreAddons', name, options);
    this.addons = args.addons.map((addon) => this.#addon(addon, args));
    this.registerOutputs();
  }

  #addon({ key, addonName, configuration }: Addon, { clusterName, kubernetesVersion, versions, ebsCsiRole }: CoreAddonsArgs): Resource {
    const lookup = () => aws.eks.getAddonVersionOutput({ addonName, kubernetesVersion }, { parent: this }).version;
    const role = key === 'ebsCsi' && ebsCsiRole?.mode === 'irsa' ? { serviceAccountRoleArn: ebsCsiRole.role.arn } : {};
    return new aws.eks.Addon(
      addonName,
      {
        clusterName,
        addonName,
        addonVersion: versions[key] ?? lookup(),
        ...(configuration && { configurationValues: JSON.stringify(configuration) }),
        ...role,
        resolveConflictsOnCreate: 'OVERWRITE',
        resolveConflictsOnUpdate: 'PRESERVE',
      },
      this.child({ dependsOn: key === 'ebsCsi' ? (ebsCsiRole?.role.grants ?? []) : [] }),
    );
  }
}
