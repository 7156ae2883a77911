import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import { identityFaults } from '@tallyship/shared/contracts/identity';
import { parseLakeKey } from '@tallyship/shared/contracts/lake-key';

/** A file of a target's ready folder, by its key. */
export type ShipFile = {
  key: string;
  identity: ClusterIdentity;
  referenceId: string;
  /** Start of the time that it holds, milliseconds since 1970. */
  startMs: number;
  schemaVersion: number;
  /** The cluster-hour and replica whose manifest lists it; absent for manifests themselves and for what is not of the lake. */
  manifest?: ManifestHour;
};

export type ManifestHour = ClusterIdentity & { hourStartMs: number; replica: string };

const CLOUDZERO_KEY =
  /^cloudzero\/v(?<version>[0-9]+)\/account=(?<account>[^/]+)\/region=(?<region>[^/]+)\/cluster=(?<cluster>[^/]+)\/(?<id>(metrics|observability)_(?<start>[0-9]+)_[0-9]+\.parquet)$/;

/** @returns the file that a key names, undefined for a key that no target can take */
export function parseShipKey(key: string): ShipFile | undefined {
  const file = lakeFileOf(key) ?? cloudZeroFileOf(key);
  return file && identityFaults(file.identity).length === 0 ? file : undefined;
}

function lakeFileOf(key: string): ShipFile | undefined {
  const file = parseLakeKey(key);
  if (!file) return undefined;
  const { table, account, region, cluster, hourStartMs, replica } = file;
  const identity = { account, region, cluster };
  return {
    key,
    identity,
    referenceId: key.slice(key.lastIndexOf('/') + 1),
    startMs: hourStartMs,
    schemaVersion: 1,
    ...(table !== 'shipments' && { manifest: { ...identity, hourStartMs, replica } }),
  };
}

function cloudZeroFileOf(key: string): ShipFile | undefined {
  const parts = CLOUDZERO_KEY.exec(key)?.groups as Record<string, string> | undefined;
  if (!parts) return undefined;
  const { account, region, cluster, id, start, version } = parts;
  const identity = { account, region, cluster } as ClusterIdentity;
  return { key, identity, referenceId: id as string, startMs: Number(start), schemaVersion: Number(version) };
}
