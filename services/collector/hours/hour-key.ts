import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';

/** One UTC hour of one cluster, as the log and the open hours name it. */
export function hourKey({ account, region, cluster }: ClusterIdentity, hourStartMs: number): string {
  return `${account}/${region}/${cluster}/${hourStartMs}`;
}

/** Inverse of `hourKey`; the parts of an identity hold no slash. */
export function parseHourKey(key: string): { identity: ClusterIdentity; hourStartMs: number } {
  const [account, region, cluster, hour] = key.split('/') as [string, string, string, string];
  return { identity: { account, region, cluster }, hourStartMs: Number(hour) };
}
