import type { StackSettings } from '../../infra/settings/stack.ts';
import type { AccountFacts, Count } from './facts.ts';
import { type Finding, fail, judged, ok, warn } from './finding.ts';
import { isStandard, natZones, nodeGroups, QUOTAS, type QuotaName, vcpuNeed } from './needs.ts';

/** Whether what the stack makes fits beside what is there. */
export function judgeQuotas(settings: StackSettings, facts: AccountFacts): Finding[] {
  const zones = natZones(settings);
  return [
    ...judged(QUOTAS.vpcs.what, facts.vpcs, (vpcs) => fits('vpcs', 1, vpcs, settings, facts)),
    ...judged(QUOTAS.addresses.what, facts.addresses, (addresses) => fits('addresses', zones.length, addresses, settings, facts)),
    ...judged(QUOTAS.natGateways.what, facts.natGateways, (byZone) =>
      zones.flatMap((zone) => fits('natGateways', 1, byZone[zone] ?? { own: 0, others: 0 }, settings, facts, ` ${zone}`)),
    ),
    ...(['onDemand', 'spot'] as const).flatMap((capacity) => vcpus(capacity, settings, facts)),
  ];
}

/** What the stack has already counts as its own: a second `up` needs no more. */
function fits(name: QuotaName, needed: number, { others }: Count, settings: StackSettings, facts: AccountFacts, where = ''): Finding[] {
  const check = `${QUOTAS[name].what}${where}`;
  return judged(check, facts.quotas[name], (limit) => {
    const free = limit - others;
    if (needed <= free) return [ok(check, `${needed} needed, ${free} of ${limit} free`)];
    return [fail(check, `${needed} needed, ${Math.max(0, free)} of ${limit} free; ${raise(name, others + needed, settings)}`)];
  });
}

function vcpus(capacity: 'onDemand' | 'spot', settings: StackSettings, facts: AccountFacts): Finding[] {
  const groups = nodeGroups(settings).filter(([, group]) => group.capacity === capacity);
  if (groups.length === 0) return [];
  const check = QUOTAS[capacity].what;
  return [
    ...groups
      .filter(([, group]) => !group.instanceTypes.every(isStandard))
      .map(([name]) => warn(check, `node group ${name} has types with quotas of their own; not checked`)),
    ...judged(check, facts.quotas[capacity], (limit) =>
      judged(check, facts.instanceTypes, (types) =>
        judged(check, facts.running, (running) => {
          const others = running.filter((one) => one.capacity === capacity && !one.isOwn && isStandard(one.type));
          const used = others.reduce((sum, { vcpus: each }) => sum + each, 0);
          const { atFirst, atMost } = vcpuNeed(settings, capacity, types);
          const free = Math.max(0, limit - used);
          const enough = raise(capacity, used + atMost, settings);
          if (atFirst > free) return [fail(check, `${atFirst} needed at first, ${free} of ${limit} free; ${enough}`)];
          if (atMost > free) return [warn(check, `${atMost} needed with most nodes, ${free} of ${limit} free; ${enough}`)];
          return [ok(check, `${atFirst} needed at first, ${atMost} at most, ${free} of ${limit} free`)];
        }),
      ),
    ),
  ];
}

function raise(name: QuotaName, value: number, { aws: { region } }: StackSettings): string {
  const { service, code } = QUOTAS[name];
  return `aws service-quotas request-service-quota-increase --region ${region} --service-code ${service} --quota-code ${code} --desired-value ${value}`;
}
