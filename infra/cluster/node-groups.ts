import * as aws from '@pulumi/aws';
import type { ComponentResourceOptions, Input, Resource } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import { serviceTrust } from '../policy-document.ts';
import type { NodeGroupSettings } from '../settings/cluster.ts';

export type NodeGroupsArgs = {
  clusterName: string;
  version: string;
  groups: Record<string, NodeGroupSettings>;
  subnetIds: Input<Input<string>[]>;
};

/** Image of each operating system, and the device that pods' data lies on. */
const SYSTEMS = {
  AL2023: { arm64: 'AL2023_ARM_64_STANDARD', amd64: 'AL2023_x86_64_STANDARD', device: '/dev/xvda' },
  Bottlerocket: { arm64: 'BOTTLEROCKET_ARM_64', amd64: 'BOTTLEROCKET_x86_64', device: '/dev/xvdb' },
} as const;
const CAPACITY = { onDemand: 'ON_DEMAND', spot: 'SPOT' } as const;

/** All that a node may do itself; pods have roles of their own. */
const NODE_POLICIES = ['AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy', 'AmazonEC2ContainerRegistryPullOnly'];

/** Managed node groups in private subnets, one role for all. */
export class NodeGroups extends Component {
  readonly groups: aws.eks.NodeGroup[];

  constructor(name: string, args: NodeGroupsArgs, options: ComponentResourceOptions) {
    super('cluster:NodeGroups', name, options);
    const role = new aws.iam.Role(name, { assumeRolePolicy: JSON.stringify(serviceTrust('ec2.amazonaws.com')) }, this.child());
    const attachments = NODE_POLICIES.map(
      (policy) =>
        new aws.iam.RolePolicyAttachment(
          `${name}-${policy}`,
          { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
          this.child(),
        ),
    );
    this.groups = Object.entries(args.groups).map(([group, spec]) => this.#group(`${name}-${group}`, spec, role, attachments, args));
    this.registerOutputs();
  }

  #group(name: string, spec: NodeGroupSettings, role: aws.iam.Role, attachments: Resource[], args: NodeGroupsArgs): aws.eks.NodeGroup {
    const template = this.#template(name, spec);
    return new aws.eks.NodeGroup(
      name,
      {
        clusterName: args.clusterName,
        version: args.version,
        nodeRoleArn: role.arn,
        subnetIds: args.subnetIds,
        amiType: SYSTEMS[spec.os][spec.arch],
        capacityType: CAPACITY[spec.capacity],
        instanceTypes: spec.instanceTypes,
        scalingConfig: { minSize: spec.min, maxSize: spec.max, desiredSize: spec.desired },
        launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
        updateConfig: { maxUnavailablePercentage: 33 },
        labels: spec.labels,
        taints: spec.taints,
      },
      // Nodes without their policies cannot leave the cluster in good order; what scales them decides how many there are.
      this.child({ dependsOn: attachments, ignoreChanges: ['scalingConfig.desiredSize'] }),
    );
  }

  #template(name: string, { os, diskGib }: NodeGroupSettings): aws.ec2.LaunchTemplate {
    return new aws.ec2.LaunchTemplate(
      name,
      {
        // Pods must not take the node's role: with one hop the answer does not reach them.
        metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
        blockDeviceMappings: [
          {
            deviceName: SYSTEMS[os].device,
            ebs: { volumeType: 'gp3', volumeSize: diskGib, encrypted: 'true', deleteOnTermination: 'true' },
          },
        ],
      },
      this.child(),
    );
  }
}
