import type { ClusterIdentity } from './identity.ts';

export const HOUR_MS = 3_600_000;

/** One table, one cluster, one UTC hour, one replica and generation: the unit of everything that is sealed and shipped. */
export type LakeFile = ClusterIdentity & {
  table: string;
  hourStartMs: number;
  replica: string;
  generation: number;
};

/** `<table>_<hourStartMs>_<hourEndMs>_<replica>-<generation>.parquet`: unique in its cluster, and its time range prunes. */
export function referenceId(file: Pick<LakeFile, 'table' | 'hourStartMs' | 'replica' | 'generation'>): string {
  return `${file.table}_${file.hourStartMs}_${file.hourStartMs + HOUR_MS}_${file.replica}-${file.generation}.parquet`;
}

/** Key of a file under the lake's root. Partition values stand in the key alone, never in the file. */
export function lakeKey(file: LakeFile): string {
  const date = new Date(file.hourStartMs).toISOString().slice(0, 10);
  return `${file.table}/v1/account=${file.account}/region=${file.region}/cluster=${file.cluster}/date=${date}/${referenceId(file)}`;
}

const KEY =
  /^(?<table>[a-z_]+)\/v1\/account=(?<account>[^/]+)\/region=(?<region>[^/]+)\/cluster=(?<cluster>[^/]+)\/date=[0-9-]{10}\/[a-z_]+_(?<start>[0-9]+)_[0-9]+_(?<replica>[^/]+)-(?<generation>[0-9]+)\.parquet$/;

/** @returns the file a key names, or undefined for a foreign object */
export function parseLakeKey(key: string): LakeFile | undefined {
  const parts = KEY.exec(key)?.groups;
  if (!parts) return undefined;
  const { table, account, region, cluster, replica } = parts as Record<string, string>;
  const file = {
    table,
    account,
    region,
    cluster,
    replica,
    hourStartMs: Number(parts.start),
    generation: Number(parts.generation),
  } as LakeFile;
  return lakeKey(file) === key ? file : undefined;
}
