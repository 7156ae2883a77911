import type { StackSettings } from '../../infra/settings/stack.ts';
import { isAtLeast } from '../engines/find.ts';
import type { AccountFacts, ClusterVersion, Facts, InstanceType, SecretState, ToolName, Zone } from './facts.ts';
import { type Finding, fail, judged, ok, warn } from './finding.ts';
import { judgeQuotas } from './judge-quotas.ts';
import { nodeGroups } from './needs.ts';
import { placeholders } from './placeholders.ts';

/** Whether the stack can be brought up, from what is known: all findings, in the order in which an `up` would meet them. */
export function judge(settings: StackSettings, stack: string, facts: Facts): Finding[] {
  return [
    ...judgePlaceholders(settings, stack),
    ...Object.entries(facts.tools).flatMap(([tool, version]) => judgeTool(tool as ToolName, version)),
    ...judgeContexts(settings, facts),
    ...judgeCaller(settings, facts),
    ...(facts.account ? judgeAccount(settings, stack, facts.account, facts.nowMs) : []),
  ];
}

function judgePlaceholders(settings: StackSettings, stack: string): Finding[] {
  const left = placeholders(settings);
  if (left.length === 0) return [ok('settings', `Pulumi.${stack}.yaml holds no example`)];
  return left.map(({ path, why }) => fail('settings', `tallyship:${path}: ${why}; put your own into Pulumi.${stack}.yaml`));
}

const TOOLS: Record<ToolName, { what: string; isEnough(version: string): boolean; wanted: string }> = {
  // Runs TypeScript as it is.
  node: { what: 'Node', isEnough: (version) => isAtLeast(version, '22.18.0'), wanted: '22.18' },
  pulumi: { what: 'Pulumi CLI', isEnough: (version) => isAtLeast(version, '3.240.0'), wanted: '3.240' },
  // What the kubeconfig of EKS needs of it.
  aws: {
    what: 'AWS CLI',
    isEnough: (version) => isAtLeast(version, version.startsWith('1.') ? '1.24.0' : '2.7.0'),
    wanted: '2.7',
  },
  docker: { what: 'Docker', isEnough: () => true, wanted: 'any' },
  buildx: { what: 'docker buildx', isEnough: () => true, wanted: 'any' },
};

/** Without these an `up` ends at once or, worse, half way. */
function judgeTool(tool: ToolName, known: Facts['tools'][ToolName]): Finding[] {
  const { what, isEnough, wanted } = TOOLS[tool];
  if (!known || 'fault' in known) return [fail(what, `${known?.fault ?? 'is missing'}; install it, or start it`)];
  const version = /[0-9]+\.[0-9]+(\.[0-9]+)?/.exec(known.value)?.[0];
  if (version === undefined) return [warn(what, `says no version: ${known.value}`)];
  return [isEnough(version) ? ok(what, version) : fail(what, `${version} is too old; install ${wanted} or newer`)];
}

function judgeContexts({ images }: StackSettings, { missingContexts }: Facts): Finding[] {
  if (images.mode !== 'build') return [];
  if (missingContexts.length === 0) return [ok('image contexts', 'all are there')];
  const make = 'npm run package -- --contexts-only --arch amd64,arm64';
  return [fail('image contexts', `dist/images has no ${missingContexts.join(', ')}; make them: ${make}`)];
}

function judgeCaller({ aws: { accountId } }: StackSettings, { caller }: Facts): Finding[] {
  if ('fault' in caller) return [fail('account', `no credentials of AWS: ${caller.fault}; what the account has was not checked`)];
  const { accountId: found, arn } = caller.value;
  if (found === accountId) return [ok('account', `${arn}`)];
  return [fail('account', `credentials are of ${found}, the stack is for ${accountId}; what the account has was not checked`)];
}

function judgeAccount(settings: StackSettings, stack: string, facts: AccountFacts, nowMs: number): Finding[] {
  const { region } = settings.aws;
  return [
    ...judged('region', facts.regionStatus, (status) => [
      status === 'not-opted-in'
        ? fail('region', `${region} is not enabled; aws account enable-region --region-name ${region}`)
        : ok('region', region),
    ]),
    ...judged('zones', facts.zones, (zones) => judgeZones(settings, zones)),
    ...judgeQuotas(settings, facts),
    ...judgeTypes(settings, facts),
    ...judged('Kubernetes', facts.clusterVersions, (versions) => judgeVersion(settings, versions, nowMs)),
    ...judgeExisting(settings, facts),
    ...facts.secrets.flatMap((secret) => judged('secrets', secret, (known) => [judgeSecret(known, stack)])),
  ];
}

/** Zones that have no room for control planes. Source: requirements of subnets in the user guide of EKS. */
const ZONES_WITHOUT_EKS = ['use1-az3', 'usw1-az2', 'cac1-az3'];

function judgeZones({ network, aws: { region } }: StackSettings, found: Zone[]): Finding[] {
  if (network?.mode !== 'own') return [];
  const faults = network.zones.flatMap((name) => {
    const zone = found.find((one) => one.name === name);
    if (!zone) return [`${name} is not there for this account; ${region} has ${found.map((one) => one.name).join(', ')}`];
    if (zone.state !== 'available') return [`${name} is ${zone.state}`];
    return ZONES_WITHOUT_EKS.includes(zone.id)
      ? [`${name} is ${zone.id} in this account, where EKS makes no control plane; name another`]
      : [];
  });
  return faults.length === 0 ? [ok('zones', network.zones.join(', '))] : faults.map((fault) => fail('zones', fault));
}

const ARCHITECTURES = { arm64: 'arm64', amd64: 'x86_64' } as const;

function judgeTypes(settings: StackSettings, { instanceTypes }: AccountFacts): Finding[] {
  const check = 'instance types';
  if (instanceTypes && 'fault' in instanceTypes && instanceTypes.fault.includes('InvalidInstanceType'))
    return [fail(check, `${instanceTypes.fault}; this region has other ones`)];
  return judged(check, instanceTypes, (types) => {
    const faults = nodeGroups(settings).flatMap(([name, { arch, instanceTypes: wanted }]) =>
      types
        .filter(({ type }) => wanted.includes(type))
        .filter((type) => !hasArchitecture(type, arch))
        .map(({ type }) => `node group ${name}: ${type} is not ${arch}`),
    );
    return faults.length === 0 ? [ok(check, 'all are in this region')] : faults.map((fault) => fail(check, fault));
  });
}

const hasArchitecture = ({ architectures }: InstanceType, arch: keyof typeof ARCHITECTURES) => architectures.includes(ARCHITECTURES[arch]);

const SOON_MS = 60 * 24 * 3_600_000;

function judgeVersion({ cluster }: StackSettings, versions: ClusterVersion[], nowMs: number): Finding[] {
  if (cluster.mode !== 'own') return [];
  const check = 'Kubernetes';
  const found = versions.find(({ version }) => version === cluster.version);
  if (!found || found.status === 'UNSUPPORTED') {
    const standard = versions.filter(({ status }) => status === 'STANDARD_SUPPORT').map(({ version }) => version);
    return [fail(check, `EKS has no ${cluster.version}; in standard support are ${standard.join(', ')}`)];
  }
  const ends = found.standardSupportEnds.slice(0, 10);
  if (found.status === 'STANDARD_SUPPORT') {
    const isSoon = Date.parse(found.standardSupportEnds) - nowMs < SOON_MS;
    return [
      isSoon
        ? warn(check, `standard support of ${cluster.version} ends ${ends}; plan the next minor`)
        : ok(check, `${cluster.version}, in standard support until ${ends}`),
    ];
  }
  if (cluster.allowsExtendedSupport) return [warn(check, `${cluster.version} is out of standard support since ${ends}: EKS charges more`)];
  return [
    fail(check, `${cluster.version} is out of standard support since ${ends}; raise cluster.version, or set cluster.allowsExtendedSupport`),
  ];
}

function judgeExisting({ cluster }: StackSettings, { clusterStatus }: AccountFacts): Finding[] {
  if (cluster.mode !== 'existing') return [];
  return judged('cluster', clusterStatus, (status) => [
    status === 'ACTIVE'
      ? ok('cluster', `${cluster.name} is there`)
      : fail('cluster', `${cluster.name} is ${status}; wait until it is ACTIVE`),
  ]);
}

function judgeSecret({ name, state }: SecretState, stack: string): Finding {
  const set = `npm run secret:set -- ${stack} ${name}`;
  if (state === 'set') return ok('secrets', `${name} has a value`);
  if (state === 'empty') return fail('secrets', `${name} has no value, pods would wait for it; ${set}`);
  if (state === 'deleted')
    return fail(
      'secrets',
      `${name} waits for its deletion, its name is taken; aws secretsmanager restore-secret and pulumi import, or wait`,
    );
  return warn('secrets', `${name} is made by the up; in its first ten minutes: ${set}`);
}
