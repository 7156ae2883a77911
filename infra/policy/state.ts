import { containersOf, podSpecOf } from './pods.ts';
import { at, type Rule } from './resource.ts';

export const explicitProvider: Rule = {
  name: 'explicit-provider',
  demands: 'A provider of the program makes it: a default one goes wherever the credentials of the day point.',
  of: 'resource',
  check: ({ provider }) =>
    provider !== undefined && /^default(_|$)/.test(provider) ? [`is made by the default provider ${provider}`] : [],
};

/** Types that carry a secret’s value through the state, whoever encrypts that. */
const VALUES: Record<string, string[]> = {
  'aws:secretsmanager/secretVersion:SecretVersion': ['secretString', 'secretBinary'],
  'aws:ssm/parameter:Parameter': ['value'],
  'kubernetes:core/v1:Secret': ['data', 'stringData'],
};
/** A path to a mounted file may be named after the secret. */
const SECRET_NAME = /(TOKEN|SECRET|PASSWORD|PASSPHRASE|API_KEY|ACCESS_KEY)S?$/i;

export const noSecretValues: Rule = {
  name: 'no-secret-values',
  demands: 'Values of secrets go past Pulumi: `npm run secret:set` writes them, pods mount them as files.',
  of: 'resource',
  check: (resource) => {
    const { type, inputs } = resource;
    const carried = (VALUES[type] ?? []).filter((input) => inputs[input] !== undefined);
    const variables = containersOf(podSpecOf(resource)).flatMap(({ label, container }) =>
      variablesOf(container)
        .filter(({ name, value }) => SECRET_NAME.test(name) && value !== undefined)
        .map(({ name }) => `${label} gets ${name} as a variable`),
    );
    return [...carried.map((input) => `${input} would stand in the state`), ...variables];
  },
};

function variablesOf(container: Record<string, unknown>): { name: string; value?: unknown }[] {
  return Array.isArray(container.env) ? container.env : [];
}

export const metadataGuarded: Rule = {
  name: 'metadata-guarded',
  demands: 'Pods cannot ask the instance metadata for the role of their node.',
  of: 'resource',
  check: ({ type, inputs }) => {
    if (type !== 'aws:ec2/launchTemplate:LaunchTemplate' && type !== 'aws:ec2/instance:Instance') return [];
    const hops = at(inputs, 'metadataOptions.httpPutResponseHopLimit');
    return [
      ...(at(inputs, 'metadataOptions.httpTokens') === 'required' ? [] : ['the metadata answers without a token']),
      ...(hops === 1 ? [] : [`the metadata answers over ${hops ?? 'any number of'} hops`]),
    ];
  },
};

export const logsKept: Rule = {
  name: 'logs-kept',
  demands: 'Log groups say how long they keep what they hold, and a cluster logs who did what.',
  of: 'resource',
  check: ({ type, inputs }) => {
    if (type === 'aws:cloudwatch/logGroup:LogGroup') return inputs.retentionInDays ? [] : ['keeps its logs for ever'];
    if (type !== 'aws:eks/cluster:Cluster') return [];
    const types = inputs.enabledClusterLogTypes;
    return Array.isArray(types) && types.includes('audit') ? [] : ['has no audit log'];
  },
};
