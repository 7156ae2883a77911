import type { Home, World } from './model.ts';
import { isValues, type Values } from './values.ts';

/**
 * Reads a provider's configuration.
 * @param accountId the account of the credentials: providers that assume no role of another one speak to it
 * @throws Error when the provider guards another account or its cluster does not exist
 */
export function homeOf(accountId: string, providerType: string, config: Values, account: World): Home {
  const nowhere: Home = { accountId, region: '', cluster: '', defaultTags: {}, namespace: 'default' };
  if (providerType === 'pulumi:providers:aws') return awsHome(nowhere, config);
  if (providerType === 'pulumi:providers:kubernetes') return clusterHome(nowhere, config, account);
  return nowhere;
}

function awsHome(nowhere: Home, config: Values): Home {
  const accountId = assumedAccount(config) ?? nowhere.accountId;
  const allowed = listOf(config.allowedAccountIds);
  if (allowed.length > 0 && !allowed.includes(accountId)) throw new Error(`AWS account ID not allowed: ${accountId}`);
  if (typeof config.region !== 'string' || config.region === '') throw new Error('Missing region configuration');
  const tags = parsed(config.defaultTags);
  return {
    ...nowhere,
    accountId,
    region: config.region,
    defaultTags: isValues(tags) && isValues(tags.tags) ? (tags.tags as Record<string, string>) : {},
  };
}

/** The kubeconfig names the cluster by its endpoint; in a preview of a first up it is not known. */
function clusterHome(nowhere: Home, config: Values, account: World): Home {
  const endpoint = /https:\/\/[\w.-]+/.exec(typeof config.kubeconfig === 'string' ? config.kubeconfig : '')?.[0] ?? '';
  const cluster = account.all('aws:eks/cluster:Cluster').find((candidate) => candidate.outputs.endpoint === endpoint);
  if (endpoint !== '' && !cluster) throw new Error(`Kubernetes cluster is unreachable: no cluster answers at ${endpoint}`);
  return {
    ...nowhere,
    ...(cluster && { accountId: cluster.home.accountId, region: cluster.home.region }),
    cluster: cluster?.id ?? '',
    namespace: typeof config.namespace === 'string' ? config.namespace : 'default',
  };
}

function assumedAccount(config: Values): string | undefined {
  const [role] = listOf(config.assumeRoles ?? config.assumeRole);
  return /^arn:aws:iam::(\d{12}):role\//.exec(isValues(role) ? String(role.roleArn) : '')?.[1];
}

/** Nested provider settings travel as JSON text. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function listOf(value: unknown): unknown[] {
  const list = parsed(value);
  return Array.isArray(list) ? list : list === undefined ? [] : [list];
}
