import * as aws from '@pulumi/aws';
import * as eks from '@pulumi/eks';
import type { ComponentResourceOptions, Input, Output, Resource } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import type { StackNames } from '../names.ts';
import type { NetworkOutputs } from '../network/network.ts';
import type { OwnClusterSettings } from '../settings/cluster.ts';
import { accessEntries } from './access.ts';

export type ClusterArgs = {
  names: StackNames;
  settings: OwnClusterSettings;
  network: Pick<NetworkOutputs, 'vpcId' | 'privateSubnetIds' | 'publicSubnetIds'>;
  region: string;
  /** Role that `pulumi up` takes; then the Kubernetes provider takes it too. */
  roleArn?: string;
  isProtected: boolean;
};

/** What other parts need of a cluster, made here or found. The name is plain: a preview knows which cluster it speaks of. */
export type ClusterOutputs = {
  name: string;
  arn: Output<string>;
  issuer: Output<string>;
  kubeconfig: Output<string>;
  serviceCidr: string;
  /** What must stand before anything runs in the cluster. */
  ready: Resource[];
};

const SERVICE_CIDR = '172.20.0.0/16';
const LOG_TYPES = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];

/** An EKS control plane. Nodes and add-ons are parts of their own, so that their order is said. */
export class Cluster extends Component implements Omit<ClusterOutputs, 'ready'> {
  readonly name: string;
  readonly arn: Output<string>;
  readonly issuer: Output<string>;
  readonly kubeconfig: Output<string>;
  readonly serviceCidr = SERVICE_CIDR;

  constructor(name: string, args: ClusterArgs, options: ComponentResourceOptions) {
    super('cluster:Cluster', name, options);
    const { names, settings, network, isProtected } = args;
    const logs = this.#logGroup(names.clusterLogGroup, settings.logDays);
    const key = this.#secretsKey(name, isProtected);
    const cluster = new eks.Cluster(
      name,
      {
        name: names.cluster,
        version: settings.version,
        vpcId: network.vpcId,
        privateSubnetIds: network.privateSubnetIds,
        publicSubnetIds: network.publicSubnetIds,
        ...endpointAccess(settings.publicAccessCidrs),
        authenticationMode: 'API',
        accessEntries: accessEntries(settings.access),
        encryptionConfigKeyArn: key.arn,
        enabledClusterLogTypes: LOG_TYPES,
        kubernetesServiceIpAddressRange: SERVICE_CIDR,
        upgradePolicy: { supportType: settings.allowsExtendedSupport ? 'EXTENDED' : 'STANDARD' },
        deletionProtection: isProtected,
        ...OWN_NODES_AND_ADDONS,
        ...(args.roleArn !== undefined && { providerCredentialOpts: { roleArn: args.roleArn } }),
      },
      this.child({ dependsOn: [logs], protect: isProtected }),
    );
    this.name = names.cluster;
    this.arn = cluster.eksCluster.apply(({ arn }) => arn);
    this.issuer = cluster.oidcProviderUrl;
    this.kubeconfig = cluster.kubeconfigJson;
    this.#oidcProvider(name, cluster.oidcProviderUrl);
    this.registerOutputs();
  }

  /** EKS makes the group itself where there is none, without retention, and leaves it behind. */
  #logGroup(name: string, days: number): aws.cloudwatch.LogGroup {
    return new aws.cloudwatch.LogGroup('cluster-logs', { name, retentionInDays: days }, this.child());
  }

  #secretsKey(name: string, isProtected: boolean): aws.kms.Key {
    const deletionWindowInDays = isProtected ? 30 : 7;
    return new aws.kms.Key(
      name,
      { description: 'Secrets in the cluster', enableKeyRotation: true, deletionWindowInDays },
      this.child({ protect: isProtected }),
    );
  }

  /** The component's own would ask the issuer for its certificate in every preview. */
  #oidcProvider(name: string, url: Input<string>): void {
    new aws.iam.OpenIdConnectProvider(name, { url, clientIdLists: ['sts.amazonaws.com'] }, this.child());
  }
}

/** What the component would bring along by itself: nodes without a launch template, add-ons at whatever version is the newest. */
const OWN_NODES_AND_ADDONS = {
  skipDefaultNodeGroup: true,
  createInstanceRole: false,
  skipDefaultSecurityGroups: true,
  bootstrapSelfManagedAddons: false,
  useDefaultVpcCni: true,
  kubeProxyAddonOptions: { enabled: false },
  corednsAddonOptions: { enabled: false },
} as const;

/** Nodes always come from inside; from outside only the listed addresses do. */
function endpointAccess(publicAccessCidrs: string[]) {
  const endpointPublicAccess = publicAccessCidrs.length > 0;
  return { endpointPrivateAccess: true, endpointPublicAccess, ...(endpointPublicAccess && { publicAccessCidrs }) };
}
