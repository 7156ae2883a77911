import * as aws from '@pulumi/aws';
import * as awsx from '@pulumi/awsx';
import type { ComponentResourceOptions, Input, Output } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import type { OwnNetworkSettings } from '../settings/network.ts';
import { type CidrPlan, cidrPlan } from './cidr-plan.ts';
import { Endpoints } from './endpoints.ts';
import { FlowLogs } from './flow-logs.ts';

export type NetworkArgs = {
  settings: OwnNetworkSettings;
  accountId: string;
  region: string;
  /** Controllers find the subnets of their cluster by its name. */
  clusterName: string;
  isProtected: boolean;
  /** A destroy leaves the addresses, for the next network. */
  retainsAddresses: boolean;
};

/** What other parts need of a network, made here or found. */
export type NetworkOutputs = {
  vpcId: Input<string>;
  cidr: string;
  privateSubnetIds: Input<Input<string>[]>;
  publicSubnetIds: Input<Input<string>[]>;
};

/** A VPC over two or three zones with private, public and isolated subnets, and addresses of its own for what leaves it. */
export class Network extends Component implements NetworkOutputs {
  readonly vpcId: Output<string>;
  readonly cidr: string;
  readonly privateSubnetIds: Output<string[]>;
  readonly publicSubnetIds: Output<string[]>;
  readonly isolatedSubnetIds: Output<string[]>;
  /** What leaves the VPC comes from these: others put them on their lists, so they may outlive the stack. */
  readonly egressAddresses: Output<string>[];

  constructor(name: string, args: NetworkArgs, options: ComponentResourceOptions) {
    super('network:Network', name, options);
    const { settings, region, isProtected } = args;
    const plan = cidrPlan(settings.cidr, settings.zones.length);
    const eips = natZones(settings).map((zone) => this.#address(`${name}-${zone}`, args));
    const vpc = new awsx.ec2.Vpc(
      name,
      {
        cidrBlock: settings.cidr,
        availabilityZoneNames: settings.zones,
        enableDnsHostnames: true,
        // With blocks in the specs `Auto` takes them as they are; awsx computes none of its own.
        subnetStrategy: 'Auto',
        subnetSpecs: subnetSpecs(plan, args.clusterName),
        natGateways: {
          strategy: settings.nat === 'single' ? 'Single' : 'OnePerAz',
          elasticIpAllocationIds: eips.map((eip) => eip.allocationId),
        },
        vpcEndpointStrategy: 'Auto',
        vpcEndpointSpecs: settings.endpoints.includes('s3')
          ? [{ serviceName: `com.amazonaws.${region}.s3`, vpcEndpointType: 'Gateway' }]
          : [],
      },
      this.child({ protect: isProtected }),
    );
    this.vpcId = vpc.vpcId;
    this.cidr = settings.cidr;
    this.privateSubnetIds = vpc.privateSubnetIds;
    this.publicSubnetIds = vpc.publicSubnetIds;
    this.isolatedSubnetIds = vpc.isolatedSubnetIds;
    this.egressAddresses = eips.map((eip) => eip.publicIp);

    new Endpoints(`${name}-endpoints`, { ...this.#place(), region, services: settings.endpoints }, this.child());
    if (settings.flowLogDays !== undefined) {
      new FlowLogs(`${name}-flow-logs`, { vpcId: this.vpcId, accountId: args.accountId, days: settings.flowLogDays }, this.child());
    }
    this.registerOutputs();
  }

  /** An address apart from the VPC: a new VPC can take it over. */
  #address(name: string, { isProtected, retainsAddresses }: NetworkArgs): aws.ec2.Eip {
    return new aws.ec2.Eip(name, { domain: 'vpc' }, this.child({ protect: isProtected, retainOnDelete: retainsAddresses }));
  }

  #place() {
    return { vpcId: this.vpcId, cidr: this.cidr, subnetIds: this.privateSubnetIds };
  }
}

const natZones = ({ nat, zones }: OwnNetworkSettings) => (nat === 'single' ? zones.slice(0, 1) : zones);

function subnetSpecs(plan: CidrPlan, clusterName: string): awsx.types.input.ec2.SubnetSpecArgs[] {
  // Without it EKS's own controller puts no load balancer into a subnet.
  const shared = { [`kubernetes.io/cluster/${clusterName}`]: 'shared' };
  return [
    {
      type: 'Private',
      cidrBlocks: plan.private,
      tags: { ...shared, 'kubernetes.io/role/internal-elb': '1', 'karpenter.sh/discovery': clusterName },
    },
    { type: 'Public', cidrBlocks: plan.public, tags: { ...shared, 'kubernetes.io/role/elb': '1' } },
    { type: 'Isolated', cidrBlocks: plan.isolated },
  ];
}
