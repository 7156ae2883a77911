import { isValues, resourceReference, type Values } from '../values.ts';
import type { Component, Registered } from './component.ts';

type SubnetSpec = { type: 'Public' | 'Private' | 'Isolated'; name?: string; cidrBlocks?: string[]; tags?: Values };
type Kind = 'public' | 'private' | 'isolated';

/** awsx's Vpc: subnets of each kind in each zone with a route table of their own, NAT gateways by strategy, endpoints. */
export const awsxVpc: Component = async ({ name, inputs, register }) => {
  const zones = (inputs.availabilityZoneNames ?? []) as string[];
  const specs = (inputs.subnetSpecs ?? []) as SubnetSpec[];
  if (zones.length === 0) throw new Error(`awsx:ec2:Vpc ${name}: the simulation needs availabilityZoneNames`);
  if (specs.some((spec) => spec.cidrBlocks?.length !== zones.length))
    throw new Error(`awsx:ec2:Vpc ${name}: the simulation needs cidrBlocks for each of the ${zones.length} zones in every subnet spec`);
  const strategy = strategyOf(name, inputs, zones.length);
  const tagged = (own: string, more: Values = {}): Values => ({ Name: own, ...(isValues(inputs.tags) ? inputs.tags : {}), ...more });
  const make = (type: string, child: string, values: Values, parent?: Registered, dependsOn?: Registered[]) =>
    register({ type, name: child, inputs: values, package: 'aws', ...(parent && { parent }), ...(dependsOn && { dependsOn }) });

  const { cidrBlock, enableDnsHostnames, enableDnsSupport, instanceTenancy } = inputs;
  const vpc = await make('aws:ec2/vpc:Vpc', name, { cidrBlock, enableDnsHostnames, enableDnsSupport, instanceTenancy, tags: tagged(name) });
  const gateway = await make('aws:ec2/internetGateway:InternetGateway', name, { vpcId: vpc.id, tags: tagged(name) }, vpc);

  const subnets: Record<Kind, Registered[]> = { public: [], private: [], isolated: [] };
  const tables: Record<Kind, Registered[]> = { public: [], private: [], isolated: [] };
  const nats: Registered[] = [];
  const eips: Registered[] = [];
  for (const [index, zone] of zones.entries()) {
    for (const spec of [...specs].sort(publicFirst)) {
      const kind = spec.type.toLowerCase() as Kind;
      const own = `${name}-${spec.name ?? kind}-${index + 1}`;
      const subnet = await make(
        'aws:ec2/subnet:Subnet',
        own,
        {
          vpcId: vpc.id,
          cidrBlock: spec.cidrBlocks?.[index],
          availabilityZone: zone,
          mapPublicIpOnLaunch: kind === 'public',
          tags: tagged(own, { SubnetType: spec.type, ...spec.tags }),
        },
        vpc,
      );
      const table = await make('aws:ec2/routeTable:RouteTable', own, { vpcId: vpc.id, tags: tagged(own) }, subnet);
      const association = await make(
        'aws:ec2/routeTableAssociation:RouteTableAssociation',
        own,
        { routeTableId: table.id, subnetId: subnet.id },
        table,
      );
      subnets[kind].push(subnet);
      tables[kind].push(table);
      const route = { routeTableId: table.id, destinationCidrBlock: '0.0.0.0/0' };
      if (kind === 'public') {
        await make('aws:ec2/route:Route', own, { ...route, gatewayId: gateway.id }, table);
        if (strategy.natIn(index)) {
          const allocationId = strategy.allocationIds[index] ?? (await ownAddress(index));
          nats.push(
            await make(
              'aws:ec2/natGateway:NatGateway',
              `${name}-${index + 1}`,
              { subnetId: subnet.id, allocationId, tags: tagged(`${name}-${index + 1}`) },
              subnet,
              [association],
            ),
          );
        }
      }
      const nat = nats[index] ?? nats[0];
      if (kind === 'private' && nat) await make('aws:ec2/route:Route', own, { ...route, natGatewayId: nat.id }, table);
    }
  }
  const endpoints: Registered[] = [];
  for (const spec of (inputs.vpcEndpointSpecs ?? []) as Values[]) {
    const { name: endpointName, tags, ...rest } = spec;
    endpoints.push(
      await make(
        'aws:ec2/vpcEndpoint:VpcEndpoint',
        `${name}-${endpointName ?? spec.serviceName}`,
        { ...rest, vpcId: vpc.id, tags: tagged(`${name}-${endpointName}`, isValues(tags) ? tags : {}) },
        vpc,
      ),
    );
  }
  return {
    vpcId: vpc.id,
    vpc: resourceReference(vpc.urn, vpc.id),
    internetGateway: resourceReference(gateway.urn, gateway.id),
    publicSubnetIds: subnets.public.map(({ id }) => id),
    privateSubnetIds: subnets.private.map(({ id }) => id),
    isolatedSubnetIds: subnets.isolated.map(({ id }) => id),
    ...references({
      subnets: Object.values(subnets).flat(),
      routeTables: Object.values(tables).flat(),
      natGateways: nats,
      eips,
      vpcEndpoints: endpoints,
    }),
  };

  async function ownAddress(index: number): Promise<string> {
    const eip = await make('aws:ec2/eip:Eip', `${name}-${index + 1}`, { tags: tagged(`${name}-${index + 1}`) }, vpc);
    eips.push(eip);
    return eip.id;
  }
};

/** @throws Error in awsx's words when the addresses do not fit the strategy */
function strategyOf(name: string, inputs: Values, zones: number) {
  const { strategy = 'OnePerAz', elasticIpAllocationIds: allocationIds = [] } = (inputs.natGateways ?? {}) as {
    strategy?: string;
    elasticIpAllocationIds?: string[];
  };
  const wanted = { None: 0, Single: 1, OnePerAz: zones }[strategy];
  if (wanted === undefined) throw new Error(`awsx:ec2:Vpc ${name}: unknown NAT gateway strategy ${strategy}`);
  if (allocationIds.length > 0 && allocationIds.length !== wanted)
    throw new Error(`awsx:ec2:Vpc ${name}: the NAT gateway strategy ${strategy} takes ${wanted} addresses, not ${allocationIds.length}`);
  return { natIn: (index: number) => index < wanted, allocationIds };
}

/** A private subnet's route needs the NAT gateway of its zone. */
function publicFirst(a: SubnetSpec, b: SubnetSpec): number {
  return Number(b.type === 'Public') - Number(a.type === 'Public');
}

function references(groups: Record<string, Registered[]>): Values {
  return Object.fromEntries(Object.entries(groups).map(([key, list]) => [key, list.map(({ urn, id }) => resourceReference(urn, id))]));
}
