import type { NodeGroupSettings } from '../../infra/settings/cluster.ts';
import type { StackSettings } from '../../infra/settings/stack.ts';
import type { InstanceType } from './facts.ts';

/** Quotas of Service Quotas that a stack can meet. */
export const QUOTAS = {
  addresses: { service: 'ec2', code: 'L-0263D0A3', what: 'Elastic IP addresses' },
  vpcs: { service: 'vpc', code: 'L-F678F1CE', what: 'VPCs' },
  natGateways: { service: 'vpc', code: 'L-FE5A380F', what: 'NAT gateways in a zone' },
  onDemand: { service: 'ec2', code: 'L-1216C47A', what: 'vCPUs of on-demand instances' },
  spot: { service: 'ec2', code: 'L-34B43A08', what: 'vCPUs of spot instances' },
} as const;
export type QuotaName = keyof typeof QUOTAS;

/** Families that share the two quotas of vCPUs; each other one has quotas of its own. */
const STANDARD_FAMILIES = ['a', 'c', 'd', 'h', 'i', 'im', 'is', 'm', 'r', 't', 'z'];

export const isStandard = (type: string) => STANDARD_FAMILIES.includes(/^[a-z]+/.exec(type)?.[0] ?? '');

/** Zones that get a NAT gateway with an address. */
export function natZones({ network }: StackSettings): string[] {
  if (network?.mode !== 'own') return [];
  return network.nat === 'single' ? network.zones.slice(0, 1) : network.zones;
}

export function nodeGroups({ cluster }: StackSettings): [string, NodeGroupSettings][] {
  return cluster.mode === 'own' ? Object.entries(cluster.nodeGroups) : [];
}

export function instanceTypes(settings: StackSettings): string[] {
  return [...new Set(nodeGroups(settings).flatMap(([, group]) => group.instanceTypes))];
}

export type VcpuNeed = { atFirst: number; atMost: number };

/** vCPUs that node groups take, if each node is of the biggest type that its group allows. */
export function vcpuNeed(settings: StackSettings, capacity: 'onDemand' | 'spot', types: readonly InstanceType[]): VcpuNeed {
  const vcpusOf = (name: string) => types.find(({ type }) => type === name)?.vcpus ?? 0;
  const groups = nodeGroups(settings).filter(([, group]) => group.capacity === capacity);
  const need = { atFirst: 0, atMost: 0 };
  for (const [, { instanceTypes: allowed, desired, max }] of groups) {
    const biggest = Math.max(0, ...allowed.filter(isStandard).map(vcpusOf));
    need.atFirst += desired * biggest;
    need.atMost += max * biggest;
  }
  return need;
}
