import { stackNames } from '../../infra/names.ts';
import { meteringSecrets } from '../../infra/secrets/metering-secrets.ts';
import type { StackSettings } from '../../infra/settings/stack.ts';
import type { Aws } from './commands.ts';
import type { AccountFacts, Count, Known, RunningInstance, SecretState } from './facts.ts';
import { instanceTypes, QUOTAS } from './needs.ts';

export const PROJECT = 'tallyship';
const STACK_TAG = 'tallyship:stack';
const LIVE = ['pending', 'running'];

type Tagged = { Tags?: { Key: string; Value: string }[] };

/** Asks the account of the stack for all that its `up` needs, all at once. */
export async function collectAccount(aws: Aws, settings: StackSettings, stack: string): Promise<AccountFacts> {
  const isOwn = ({ Tags = [] }: Tagged) => Tags.some(({ Key, Value }) => Key === STACK_TAG && Value === stack);
  const { region } = settings.aws;
  const makesNetwork = settings.network?.mode === 'own';
  const { cluster } = settings;
  const types = instanceTypes(settings);
  const names = stackNames({ project: PROJECT, stack });
  return whole({
    regionStatus: ask(aws('ec2', 'describe-regions', '--all-regions', '--region-names', region), (answer) => answer.Regions[0].OptInStatus),
    quotas: whole(Object.fromEntries(neededQuotas(settings).map((name) => [name, quota(aws, QUOTAS[name])]))),
    ...(makesNetwork && {
      zones: ask(aws('ec2', 'describe-availability-zones'), (answer) =>
        answer.AvailabilityZones.map((zone: Json) => ({ name: zone.ZoneName, id: zone.ZoneId, state: zone.State })),
      ),
      vpcs: ask(aws('ec2', 'describe-vpcs'), (answer) => count(answer.Vpcs, isOwn)),
      addresses: ask(aws('ec2', 'describe-addresses'), (answer) => count(answer.Addresses, isOwn)),
      natGateways: natGateways(aws, isOwn),
    }),
    ...(cluster.mode === 'own' && {
      instanceTypes: ask(aws('ec2', 'describe-instance-types', '--instance-types', ...types), (answer) =>
        answer.InstanceTypes.map((type: Json) => ({
          type: type.InstanceType,
          vcpus: type.VCpuInfo.DefaultVCpus,
          architectures: type.ProcessorInfo.SupportedArchitectures,
        })),
      ),
      running: ask(aws('ec2', 'describe-instances', '--filters', `Name=instance-state-name,Values=${LIVE}`), (answer) =>
        answer.Reservations.flatMap(({ Instances }: Json) => Instances.map((one: Json) => running(one, names.cluster))),
      ),
      clusterVersions: ask(aws('eks', 'describe-cluster-versions'), (answer) =>
        answer.clusterVersions.map((one: Json) => ({
          version: one.clusterVersion,
          status: String(one.versionStatus ?? one.status)
            .toUpperCase()
            .replaceAll('-', '_'),
          standardSupportEnds: String(one.endOfStandardSupportDate ?? ''),
        })),
      ),
    }),
    ...(cluster.mode === 'existing' && {
      clusterStatus: ask(aws('eks', 'describe-cluster', '--name', cluster.name), (answer) => answer.cluster.status),
    }),
    secrets: Promise.all(meteringSecrets(settings).map((name) => secretState(aws, name, names.secret(name)))),
  });
}

function neededQuotas({ network, cluster }: StackSettings): (keyof typeof QUOTAS)[] {
  return [
    ...(network?.mode === 'own' ? (['addresses', 'vpcs', 'natGateways'] as const) : []),
    ...(cluster.mode === 'own' ? (['onDemand', 'spot'] as const) : []),
  ];
}

/** Service Quotas knows only those by account that were ever changed; the others have AWS's default. */
async function quota(aws: Aws, { service, code }: { service: string; code: string }): Promise<Known<number>> {
  const of = ['--service-code', service, '--quota-code', code];
  const value = (answer: Json) => answer.Quota.Value;
  const applied = await ask(aws('service-quotas', 'get-service-quota', ...of), value);
  if ('value' in applied || !applied.fault.includes('NoSuchResourceException')) return applied;
  return ask(aws('service-quotas', 'get-aws-default-service-quota', ...of), value);
}

async function natGateways(aws: Aws, isOwn: (thing: Tagged) => boolean): Promise<Known<Record<string, Count>>> {
  const subnets = await ask(
    aws('ec2', 'describe-subnets'),
    (answer) => new Map<string, string>(answer.Subnets.map((one: Json) => [one.SubnetId, one.AvailabilityZone])),
  );
  if ('fault' in subnets) return subnets;
  const filter = `Name=state,Values=pending,available`;
  return ask(aws('ec2', 'describe-nat-gateways', '--filter', filter), (answer) => {
    const byZone = Map.groupBy(answer.NatGateways as Json[], ({ SubnetId }) => subnets.value.get(SubnetId) ?? '');
    return Object.fromEntries([...byZone].map(([zone, gateways]) => [zone, count(gateways as Tagged[], isOwn)]));
  });
}

function running(instance: Json, cluster: string): RunningInstance {
  const { InstanceType: type, InstanceLifecycle: lifecycle, CpuOptions: cpu, Tags: tags = [] } = instance;
  return {
    type,
    capacity: lifecycle === 'spot' ? 'spot' : 'onDemand',
    vcpus: (cpu?.CoreCount ?? 1) * (cpu?.ThreadsPerCore ?? 1),
    isOwn: tags.some(({ Key, Value }: { Key: string; Value: string }) => Key === 'eks:cluster-name' && Value === cluster),
  };
}

async function secretState(aws: Aws, name: string, id: string): Promise<Known<SecretState>> {
  const described = await ask(
    aws('secretsmanager', 'describe-secret', '--secret-id', id),
    ({ DeletedDate, VersionIdsToStages }): SecretState => {
      const hasValue = Object.keys(VersionIdsToStages ?? {}).length > 0;
      return { name, state: DeletedDate !== undefined ? 'deleted' : hasValue ? 'set' : 'empty' };
    },
  );
  const isAbsent = 'fault' in described && described.fault.includes('ResourceNotFoundException');
  return isAbsent ? { value: { name, state: 'absent' } } : described;
}

function count(things: Tagged[], isOwn: (thing: Tagged) => boolean): Count {
  const own = things.filter(isOwn).length;
  return { own, others: things.length - own };
}

// biome-ignore lint/suspicious/noExplicitAny: answers of AWS, whose form the reader below checks by reading it
type Json = any;

/** An answer that has another form than AWS documents is a fault of that one question. */
async function ask<T>(answer: Promise<Known<unknown>>, read: (answer: Json) => T): Promise<Known<T>> {
  const known = await answer;
  if ('fault' in known) return known;
  try {
    return { value: read(known.value) };
  } catch (error) {
    return { fault: `the answer of aws has another form: ${(error as Error).message}` };
  }
}

async function whole<T extends Record<string, unknown>>(parts: T): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const entries = Object.entries(parts).map(async ([name, part]) => [name, await part] as const);
  return Object.fromEntries(await Promise.all(entries)) as { [K in keyof T]: Awaited<T[K]> };
}
