import type { LakeFiles, ListedFile } from '@tallyship/cost/lake-files';
import type { Table } from '@tallyship/shared/contracts/columns';
import { lakeKey, parseLakeKey } from '@tallyship/shared/contracts/lake-key';
import type { ObjectStore } from '@tallyship/shared/storage/object-store';
import type { FileCache } from './file-cache.ts';

type Store = Pick<ObjectStore, 'list'>;

/** Comes after `/` and before whatever else a name may go on with. */
const AFTER_SLASH = '0';
const CLUSTER = /^account=[^/]+\/region=[^/]+\/cluster=[^/]+\//;

/**
 * The files of a lake in a bucket, read through a cache. The bucket is listed for every query, so a part that was rewritten, or late samples,
 * are seen at once; a copy is used again as long as the list shows the same version.
 */
export function bucketFiles(store: Store, cache: FileCache): LakeFiles {
  return {
    list: (table, fromMs, toMs) => listBucket(store, table, fromMs, toMs),
    reading: (work) =>
      cache.reading((openCopies) =>
        work(async (files) => {
          const wanted = files.filter(({ stored }) => stored !== undefined);
          const paths = await openCopies(
            wanted.map((file) => ({ key: lakeKey(file), ...(file.stored as Required<ListedFile>['stored']) })),
          );
          return wanted.flatMap((file, i) => (paths[i] === undefined ? [] : [{ ...file, path: paths[i] }]));
        }),
      ),
  };
}

/** A request for each cluster, and one for each thousand keys of the days asked for. */
async function listBucket(store: Store, table: Table, fromMs: number, toMs: number): Promise<ListedFile[]> {
  const found: ListedFile[] = [];
  for await (const cluster of clustersIn(store, `${table}/v1/`)) {
    const end = `${cluster}date=${dateOf(toMs - 1)}${AFTER_SLASH}`;
    for await (const { key, bytes, version } of store.list(cluster, { after: `${cluster}date=${dateOf(fromMs)}` })) {
      if (key > end) break;
      const file = parseLakeKey(key);
      if (file && file.hourStartMs >= fromMs && file.hourStartMs < toMs) found.push({ ...file, stored: { bytes, version } });
    }
  }
  return found;
}

/** The key prefix of each cluster: the first key says one, the first key after all of its own says the next. */
async function* clustersIn(store: Store, prefix: string): AsyncIterable<string> {
  for (let after = prefix; ; ) {
    const first = await firstKey(store, prefix, after);
    if (first === undefined) return;
    const cluster = CLUSTER.exec(first.slice(prefix.length))?.[0];
    if (cluster !== undefined) yield prefix + cluster;
    after = cluster === undefined ? first : prefix + cluster.slice(0, -1) + AFTER_SLASH;
  }
}

async function firstKey(store: Store, prefix: string, after: string): Promise<string | undefined> {
  for await (const { key } of store.list(prefix, { after, pageSize: 1 })) return key;
  return undefined;
}

const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
