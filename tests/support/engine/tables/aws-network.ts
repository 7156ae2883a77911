import { containsRange, overlaps, parseRange } from '../cidr.ts';
import type { Asked, ModelTable } from '../model.ts';
import { textAt } from '../values.ts';

/** EC2's network. The refusals are the codes that EC2 answers with. */
export const awsNetwork: ModelTable = {
  'aws:ec2/vpc:Vpc': {
    replacedBy: ['cidrBlock', 'instanceTenancy'],
    quota: { limit: 5, error: 'VpcLimitExceeded: The maximum number of VPCs has been reached' },
    id: ({ newId }) => newId('vpc'),
    answers: ({ id, arn, newId, home }) => ({
      arn: arn('ec2', `vpc/${id}`),
      ownerId: home.accountId,
      defaultSecurityGroupId: newId('sg'),
      mainRouteTableId: newId('rtb'),
      defaultNetworkAclId: newId('acl'),
      defaultRouteTableId: newId('rtb'),
    }),
  },
  'aws:ec2/subnet:Subnet': {
    requires: ['vpcId'],
    replacedBy: ['vpcId', 'cidrBlock', 'availabilityZone', 'availabilityZoneId'],
    refersTo: [{ input: 'vpcId', to: 'aws:ec2/vpc:Vpc', missing: 'InvalidVpcID.NotFound', holds: 'DependencyViolation' }],
    refuses: subnetConflict,
    id: ({ newId }) => newId('subnet'),
    answers: ({ id, arn, home }) => ({
      arn: arn('ec2', `subnet/${id}`),
      ownerId: home.accountId,
      availabilityZoneId: `${home.region}-az1`,
    }),
  },
  'aws:ec2/internetGateway:InternetGateway': {
    refersTo: [{ input: 'vpcId', to: 'aws:ec2/vpc:Vpc', missing: 'InvalidVpcID.NotFound', holds: 'DependencyViolation' }],
    refuses: ({ account, inputs }) =>
      account.all('aws:ec2/internetGateway:InternetGateway').some((other) => other.inputs.vpcId === inputs.vpcId)
        ? `Resource.AlreadyAssociated: ${textAt(inputs, 'vpcId')} has an internet gateway`
        : undefined,
    id: ({ newId }) => newId('igw'),
    answers: ({ id, arn, home }) => ({ arn: arn('ec2', `internet-gateway/${id}`), ownerId: home.accountId }),
    refusesDelete: ({ account, inputs }) => {
      const inVpc = account.all('aws:ec2/subnet:Subnet').filter((subnet) => subnet.inputs.vpcId === inputs.vpcId);
      const nat = account
        .all('aws:ec2/natGateway:NatGateway')
        .find((gateway) => inVpc.some((subnet) => subnet.id === gateway.inputs.subnetId));
      return nat && `DependencyViolation: network ${textAt(inputs, 'vpcId')} has the mapped public address of ${nat.id}`;
    },
  },
  'aws:ec2/eip:Eip': {
    quota: { limit: 5, error: 'AddressLimitExceeded: The maximum number of addresses has been reached' },
    id: ({ newId }) => newId('eipalloc'),
    answers: ({ id, arn }) => ({ allocationId: id, arn: arn('ec2', `elastic-ip/${id}`), publicIp: '203.0.113.7' }),
  },
  'aws:ec2/natGateway:NatGateway': {
    requires: ['subnetId'],
    replacedBy: ['subnetId', 'allocationId', 'connectivityType'],
    refersTo: [
      { input: 'subnetId', to: 'aws:ec2/subnet:Subnet', missing: 'InvalidSubnetID.NotFound', holds: 'DependencyViolation' },
      { input: 'allocationId', to: 'aws:ec2/eip:Eip', missing: 'InvalidAllocationID.NotFound', holds: 'InvalidIPAddress.InUse' },
    ],
    refuses: ({ account, inputs }) => {
      const other = account.all('aws:ec2/natGateway:NatGateway').find((gateway) => gateway.inputs.allocationId === inputs.allocationId);
      return other && `Resource.AlreadyAssociated: ${textAt(inputs, 'allocationId')} is the address of ${other.id}`;
    },
    id: ({ newId }) => newId('nat'),
    answers: () => ({ publicIp: '203.0.113.7', privateIp: '10.0.0.9' }),
  },
  'aws:ec2/routeTable:RouteTable': {
    requires: ['vpcId'],
    replacedBy: ['vpcId'],
    refersTo: [{ input: 'vpcId', to: 'aws:ec2/vpc:Vpc', missing: 'InvalidVpcID.NotFound', holds: 'DependencyViolation' }],
    id: ({ newId }) => newId('rtb'),
    answers: ({ id, arn, home }) => ({ arn: arn('ec2', `route-table/${id}`), ownerId: home.accountId }),
  },
  'aws:ec2/route:Route': {
    requires: ['routeTableId'],
    replacedBy: ['routeTableId', 'destinationCidrBlock'],
    refersTo: [
      { input: 'routeTableId', to: 'aws:ec2/routeTable:RouteTable', missing: 'InvalidRouteTableID.NotFound' },
      { input: 'natGatewayId', to: 'aws:ec2/natGateway:NatGateway', missing: 'InvalidNatGatewayID.NotFound' },
      { input: 'gatewayId', to: 'aws:ec2/internetGateway:InternetGateway', missing: 'InvalidGatewayID.NotFound' },
    ],
    refuses: ({ account, inputs }) =>
      account
        .all('aws:ec2/route:Route')
        .some(
          (other) => other.inputs.routeTableId === inputs.routeTableId && other.inputs.destinationCidrBlock === inputs.destinationCidrBlock,
        )
        ? `RouteAlreadyExists: ${textAt(inputs, 'destinationCidrBlock')} in ${textAt(inputs, 'routeTableId')}`
        : undefined,
    id: ({ newId }) => newId('r'),
    answers: () => ({ state: 'active', origin: 'CreateRoute' }),
  },
  'aws:ec2/routeTableAssociation:RouteTableAssociation': {
    requires: ['routeTableId'],
    replacedBy: ['subnetId'],
    refersTo: [
      { input: 'routeTableId', to: 'aws:ec2/routeTable:RouteTable', missing: 'InvalidRouteTableID.NotFound', holds: 'DependencyViolation' },
      { input: 'subnetId', to: 'aws:ec2/subnet:Subnet', missing: 'InvalidSubnetID.NotFound' },
    ],
    refuses: ({ account, inputs }) =>
      account.all('aws:ec2/routeTableAssociation:RouteTableAssociation').some((other) => other.inputs.subnetId === inputs.subnetId)
        ? `Resource.AlreadyAssociated: ${textAt(inputs, 'subnetId')} has a route table`
        : undefined,
    id: ({ newId }) => newId('rtbassoc'),
  },
  'aws:ec2/securityGroup:SecurityGroup': {
    name: {
      input: 'name',
      max: 255,
      pattern: /^(?!sg-)[\w .\-:/()#,@[\]+=&;{}!$*]+$/,
      uniqueIn: 'parent',
      parent: 'vpcId',
      isGenerated: true,
      clash: 'InvalidGroup.Duplicate',
    },
    replacedBy: ['vpcId', 'name', 'description'],
    refersTo: [{ input: 'vpcId', to: 'aws:ec2/vpc:Vpc', missing: 'InvalidVpcID.NotFound', holds: 'DependencyViolation' }],
    id: ({ newId }) => newId('sg'),
    answers: ({ id, arn, home }) => ({ arn: arn('ec2', `security-group/${id}`), ownerId: home.accountId }),
  },
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': {
    refersTo: [{ input: 'vpcId', to: 'aws:ec2/vpc:Vpc', missing: 'InvalidVpcID.NotFound' }],
    id: ({ newId }) => newId('sg'),
  },
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': securityGroupRule(),
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': securityGroupRule(),
  'aws:ec2/vpcEndpoint:VpcEndpoint': {
    requires: ['vpcId', 'serviceName'],
    replacedBy: ['vpcId', 'serviceName', 'vpcEndpointType'],
    refersTo: [
      { input: 'vpcId', to: 'aws:ec2/vpc:Vpc', missing: 'InvalidVpcID.NotFound', holds: 'DependencyViolation' },
      { input: 'subnetIds[]', to: 'aws:ec2/subnet:Subnet', missing: 'InvalidSubnetId.NotFound', holds: 'DependencyViolation' },
      {
        input: 'securityGroupIds[]',
        to: 'aws:ec2/securityGroup:SecurityGroup',
        missing: 'InvalidGroup.NotFound',
        holds: 'DependencyViolation',
      },
      { input: 'routeTableIds[]', to: 'aws:ec2/routeTable:RouteTable', missing: 'InvalidRouteTableId.NotFound' },
    ],
    refuses: ({ account, inputs }) => {
      const other = account
        .all('aws:ec2/vpcEndpoint:VpcEndpoint')
        .find(
          (endpoint) =>
            endpoint.inputs.vpcId === inputs.vpcId &&
            endpoint.inputs.serviceName === inputs.serviceName &&
            inputs.privateDnsEnabled === true,
        );
      return other && `InvalidParameter: private-dns-enabled cannot be set because ${other.id} has a conflicting DNS domain`;
    },
    id: ({ newId }) => newId('vpce'),
    answers: ({ id, arn, home }) => ({ arn: arn('ec2', `vpc-endpoint/${id}`), ownerId: home.accountId, state: 'available' }),
  },
  'aws:ec2/flowLog:FlowLog': {
    replacedBy: ['vpcId', 'trafficType', 'logDestination', 'iamRoleArn', 'maxAggregationInterval'],
    refersTo: [{ input: 'vpcId', to: 'aws:ec2/vpc:Vpc', missing: 'InvalidVpcID.NotFound' }],
    id: ({ newId }) => newId('fl'),
    answers: ({ id, arn }) => ({ arn: arn('ec2', `vpc-flow-log/${id}`) }),
  },
  'aws:ec2/launchTemplate:LaunchTemplate': {
    name: {
      input: 'name',
      max: 128,
      pattern: /^[\w.()/-]{3,}$/,
      uniqueIn: 'region',
      isGenerated: true,
      clash: 'InvalidLaunchTemplateName.AlreadyExistsException',
    },
    replacedBy: ['name'],
    id: ({ newId }) => newId('lt'),
    answers: ({ id, arn }) => ({ arn: arn('ec2', `launch-template/${id}`), latestVersion: 1, defaultVersion: 1 }),
  },
  // Made by controllers in the cluster, never by a program; it holds what it stands in.
  'aws:lb/loadBalancer:LoadBalancer': {
    refersTo: [{ input: 'subnets[]', to: 'aws:ec2/subnet:Subnet', holds: 'DependencyViolation' }],
    id: ({ newId }) => newId('alb'),
  },
};

function securityGroupRule(): ModelTable[string] {
  return {
    requires: ['securityGroupId', 'ipProtocol'],
    replacedBy: ['securityGroupId'],
    refersTo: [
      { input: 'securityGroupId', to: 'aws:ec2/securityGroup:SecurityGroup' },
      { input: 'referencedSecurityGroupId', to: 'aws:ec2/securityGroup:SecurityGroup', holds: 'DependencyViolation' },
    ],
    id: ({ newId }) => newId('sgr'),
    answers: ({ id, arn }) => ({ arn: arn('ec2', `security-group-rule/${id}`), securityGroupRuleId: id }),
  };
}

function subnetConflict({ account, inputs }: Asked): string | undefined {
  const range = parseRange(textAt(inputs, 'cidrBlock'));
  const vpc = account.all('aws:ec2/vpc:Vpc').find((candidate) => candidate.id === inputs.vpcId);
  if (!range || !vpc) return undefined;
  const vpcRange = parseRange(textAt(vpc.inputs, 'cidrBlock'));
  if (vpcRange && !containsRange(vpcRange, range)) return `InvalidSubnet.Range: ${textAt(inputs, 'cidrBlock')} is not in ${vpc.id}`;
  for (const other of account.all('aws:ec2/subnet:Subnet')) {
    const taken = other.inputs.vpcId === inputs.vpcId && parseRange(textAt(other.inputs, 'cidrBlock'));
    if (taken && overlaps(taken, range))
      return `InvalidSubnet.Conflict: ${textAt(inputs, 'cidrBlock')} overlaps ${textAt(other.inputs, 'cidrBlock')} of ${other.id}`;
  }
  return undefined;
}
