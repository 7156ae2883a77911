import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import { HOUR_MS, lakeKey } from '@tallyship/shared/contracts/lake-key';
import { badRequest, quote } from '../http/bad-request.ts';

const LAKE_ID =
  /^(?<table>samples|usage|histograms|exemplars|shipments)_(?<start>[0-9]{13})_(?<end>[0-9]{13})_(?<replica>[A-Za-z0-9][A-Za-z0-9.-]{0,119})-(?<generation>[0-9]{1,9})\.parquet$/;
const CLOUDZERO_ID = /^(?:metrics|observability)_(?<start>[0-9]{13})_[0-9]{13}\.parquet$/;

/** Stands where an agent of 2024 names no shipper. */
const NO_SHIPPER = 'none';

/**
 * Where the object of a reference id lies in the lake.
 * @throws HttpError 400 naming an id that is neither a lake file's nor CloudZero's
 */
export function objectKey(referenceId: string, identity: ClusterIdentity, shipperId: string | undefined): string {
  return lakeFileKey(referenceId, identity) ?? cloudZeroFileKey(referenceId, identity, shipperId) ?? refuse(referenceId);
}

/** Where a file without a name lies: the agents of 2024 send only how many they have. */
export function namelessKey(identity: ClusterIdentity, shipperId: string | undefined, unique: string, nowMs: number): string {
  return `${cloudZeroFolder(identity, shipperId, nowMs)}/upload_${nowMs}_${unique}.parquet`;
}

export function isCloudZeroId(referenceId: string): boolean {
  return CLOUDZERO_ID.test(referenceId);
}

function lakeFileKey(referenceId: string, identity: ClusterIdentity): string | undefined {
  const parts = LAKE_ID.exec(referenceId)?.groups as Record<'table' | 'start' | 'end' | 'replica' | 'generation', string> | undefined;
  if (!parts) return undefined;
  const hourStartMs = Number(parts.start);
  if (hourStartMs % HOUR_MS !== 0 || Number(parts.end) !== hourStartMs + HOUR_MS) return undefined;
  const key = lakeKey({ ...identity, table: parts.table, hourStartMs, replica: parts.replica, generation: Number(parts.generation) });
  // A generation with leading zeros would give one file two names.
  return key.endsWith(`/${referenceId}`) ? key : undefined;
}

function cloudZeroFileKey(referenceId: string, identity: ClusterIdentity, shipperId: string | undefined): string | undefined {
  const start = CLOUDZERO_ID.exec(referenceId)?.groups?.start;
  return start === undefined ? undefined : `${cloudZeroFolder(identity, shipperId, Number(start))}/${referenceId}`;
}

function cloudZeroFolder({ account, region, cluster }: ClusterIdentity, shipperId: string | undefined, timeMs: number): string {
  const date = new Date(timeMs).toISOString().slice(0, 10);
  return `cloudzero/v1/account=${account}/region=${region}/cluster=${cluster}/date=${date}/shipper=${shipperId ?? NO_SHIPPER}`;
}

function refuse(referenceId: string): never {
  throw badRequest(
    `reference id ${quote(referenceId)} is neither <table>_<hourStartMs>_<hourEndMs>_<replica>-<generation>.parquet nor <metrics|observability>_<startMs>_<stopMs>.parquet`,
  );
}
