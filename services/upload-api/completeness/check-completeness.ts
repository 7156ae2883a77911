import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import { HOUR_MS, type LakeFile, parseLakeKey } from '@tallyship/shared/contracts/lake-key';
import type { ObjectStore, StoredObject } from '@tallyship/shared/storage/object-store';
import { judgeHours, type ReplicaReport, type TimeRange } from './judge-hours.ts';
import { readManifest, type Shipment } from './read-manifest.ts';
import { type UnlistedHour, unlistedHours } from './unlisted-hours.ts';

export type Completeness = {
  cluster: string;
  from: string;
  to: string;
  isComplete: boolean;
  replicas: ReplicaReport[];
  /** Manifests that cannot be read: what they list is not known. */
  unreadable: string[];
  /** What a replica has stored and no manifest tells of, by replica and hour. */
  unlisted: UnlistedHour[];
};

/** Tables that every sealed hour has: what they hold must be listed, whether any manifest names the table or not. */
const EXPECTED_TABLES = ['samples', 'usage'];
const DAY_MS = 24 * HOUR_MS;
const PARALLEL_READS = 8;
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

/**
 * Says which hours of which replica of a cluster have not reached the lake, or not whole. A replica begins with its first manifest and
 * ends with its last one, looked for up to a day outside the range, so a gap at an edge shows when data follows within a day.
 * @throws StoreError when the lake cannot be read
 */
export async function checkCompleteness(
  store: ObjectStore,
  identity: ClusterIdentity,
  range: TimeRange,
  nowMs: number,
): Promise<Completeness> {
  const around = { fromMs: range.fromMs - DAY_MS, toMs: range.toMs + DAY_MS };
  const manifests = await listHours(store, 'shipments', identity, around);
  const { shipments, unreadable } = await readManifests(store, manifests.filter(isIn(range)));
  const tables = new Set([...EXPECTED_TABLES, ...shipments.map(({ key }) => key.slice(0, key.indexOf('/')))]);
  const stored: Listed[] = [];
  for (const table of tables) stored.push(...(await listHours(store, table, identity, range)));
  const sizes = new Map(stored.map(({ object }) => [object.key, object.bytes]));
  const expected = stored.filter(isIn(range)).filter(({ file }) => EXPECTED_TABLES.includes(file.table));
  const unlisted = unlistedHours(expected, new Set(shipments.map(({ key }) => key)), nowMs);
  const files = manifests.map(({ file }) => file);
  const replicas = judgeHours(range, files, shipments, sizes, nowMs).map((report) => ({
    ...report,
    isComplete: report.isComplete && unlisted.every(({ replica }) => replica !== report.replica),
  }));
  return {
    cluster: `${identity.account}/${identity.region}/${identity.cluster}`,
    from: new Date(range.fromMs).toISOString(),
    to: new Date(range.toMs).toISOString(),
    // A cluster that nothing is known of is not complete: nobody has said that it has nothing.
    isComplete: replicas.length > 0 && unreadable.length === 0 && unlisted.length === 0 && replicas.every(({ isComplete }) => isComplete),
    replicas,
    unreadable,
    unlisted,
  };
}

type Listed = { object: StoredObject; file: LakeFile };

const isIn =
  ({ fromMs, toMs }: TimeRange) =>
  ({ file }: Listed) =>
    file.hourStartMs >= fromMs && file.hourStartMs < toMs;

async function listHours(
  store: ObjectStore,
  table: string,
  { account, region, cluster }: ClusterIdentity,
  range: TimeRange,
): Promise<Listed[]> {
  const listed: Listed[] = [];
  for (let dayMs = Math.floor(range.fromMs / DAY_MS) * DAY_MS; dayMs < range.toMs; dayMs += DAY_MS) {
    const date = new Date(dayMs).toISOString().slice(0, 10);
    for await (const object of store.list(`${table}/v1/account=${account}/region=${region}/cluster=${cluster}/date=${date}/`)) {
      const file = parseLakeKey(object.key);
      if (file) listed.push({ object, file });
    }
  }
  return listed;
}

async function readManifests(store: ObjectStore, manifests: readonly Listed[]): Promise<{ shipments: Shipment[]; unreadable: string[] }> {
  const shipments: Shipment[] = [];
  const unreadable: string[] = [];
  const waiting = manifests.values();
  const work = async () => {
    for (const { object } of waiting) {
      const bytes = object.bytes <= MAX_MANIFEST_BYTES ? await store.get(object.key) : undefined;
      const read = bytes && (await readManifest(bytes).catch(() => undefined));
      if (read) shipments.push(...read);
      else unreadable.push(object.key);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_READS }, work));
  return { shipments, unreadable: unreadable.sort() };
}
