import * as aws from '@pulumi/aws';
import type { ComponentResourceOptions, Input } from '@pulumi/pulumi';
import { Component } from '../component.ts';

export type EndpointsArgs = {
  vpcId: Input<string>;
  /** Who may call the endpoints: the addresses of the VPC. */
  cidr: string;
  subnetIds: Input<Input<string>[]>;
  region: string;
  services: readonly string[];
};

/** AWS services inside the VPC. S3 is not among them: its gateway endpoint is a route, and comes with the VPC. */
export class Endpoints extends Component {
  constructor(name: string, args: EndpointsArgs, options: ComponentResourceOptions) {
    super('network:Endpoints', name, options);
    const services = args.services.filter((service) => service !== 's3');
    if (services.length > 0) this.#interfaces(name, services, args);
    this.registerOutputs();
  }

  #interfaces(name: string, services: string[], { vpcId, cidr, subnetIds, region }: EndpointsArgs): void {
    const group = new aws.ec2.SecurityGroup(name, { vpcId, description: 'Calls of AWS services from inside the VPC' }, this.child());
    new aws.vpc.SecurityGroupIngressRule(
      name,
      { securityGroupId: group.id, cidrIpv4: cidr, ipProtocol: 'tcp', fromPort: 443, toPort: 443, description: 'HTTPS from the VPC' },
      this.child(),
    );
    for (const service of services) {
      new aws.ec2.VpcEndpoint(
        `${name}-${service}`,
        {
          vpcId,
          serviceName: `com.amazonaws.${region}.${service}`,
          vpcEndpointType: 'Interface',
          privateDnsEnabled: true,
          subnetIds,
          securityGroupIds: [group.id],
        },
        this.child(),
      );
    }
  }
}
