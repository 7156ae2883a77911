import type { Account } from './account.ts';
import type { Home } from './model.ts';
import { isValues, type Values } from './values.ts';

/** The account that providers without a role of another one speak to. */
export const ACCOUNT_ID = '111122223333';

const nowhere: Home = { accountId: ACCOUNT_ID, region: '', cluster: '', defaultTags: {}, namespace: 'default' };

/**
 * Reads a provider's configuration.
 * @throws Error when the provider guards another account or its cluster does not exist
 */
export function homeOf(providerType: string, config: Values, account: Account): Home {
  if (providerType === 'pulumi:providers:aws') return awsHome(config);
  if (providerType === 'pulumi:providers:kubernetes') return clusterHome(config, account);
  return nowhere;
}

function awsHome(config: Values): Home {
  const accountId = assumedAccount(config) ?? ACCOUNT_ID;
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
function clusterHome(config: Values, account: Account): Home {
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
