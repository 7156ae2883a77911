import { access, constants, mkdir } from 'node:fs/promises';
import { folderFiles, type LakeFiles } from '@tallyship/cost/lake-files';
import { SettingsError } from '@tallyship/shared/runtime/settings';
import { lockFolder } from '@tallyship/shared/storage/folder-lock';
import { type ObjectStore, openObjectStore } from '@tallyship/shared/storage/object-store';
import { bucketFiles } from './bucket-files.ts';
import { type CacheUse, FileCache } from './file-cache.ts';
import { type ConsoleSettings, lakeFaults } from './settings.ts';

export type LakeDoorSettings = Pick<ConsoleSettings, 'LAKE_DIR'> &
  Partial<
    Pick<ConsoleSettings, 'LAKE_BUCKET' | 'LAKE_REGION' | 'LAKE_ENDPOINT' | 'LAKE_CREDENTIALS_FILE' | 'CACHE_DIR' | 'CACHE_MAX_BYTES'>
  >;

/** The way to a lake's files. */
export type LakeDoor = {
  files: LakeFiles;
  /** For logs. */
  name: string;
  /** The folder that all files are opened in. */
  dir: string;
  /** Absent where files are read where they lie. */
  cacheUse?: () => CacheUse;
  /** @returns why the lake cannot be read, or undefined when all is well */
  fault(): Promise<string | undefined>;
  close(): Promise<void>;
};

/**
 * Opens a lake in a folder, or in a bucket.
 * @throws SettingsError when the settings name both or none; Error when another console uses CACHE_DIR
 */
export async function openLakeDoor(settings: LakeDoorSettings): Promise<LakeDoor> {
  const { LAKE_DIR: dir, LAKE_BUCKET: bucket = '', CACHE_DIR: cacheDir = '' } = settings;
  const faults = lakeFaults({ LAKE_DIR: dir, LAKE_BUCKET: bucket, CACHE_DIR: cacheDir });
  if (faults.length > 0) throw new SettingsError(faults.join('\n'));
  if (bucket === '') return { files: folderFiles(dir), name: dir, dir, fault: () => folderFault(dir), close: async () => {} };
  return openBucket(bucket, cacheDir, settings);
}

async function openBucket(bucket: string, cacheDir: string, settings: LakeDoorSettings): Promise<LakeDoor> {
  const { LAKE_REGION: region = '', LAKE_ENDPOINT: endpoint = '', LAKE_CREDENTIALS_FILE: credentialsFile = '' } = settings;
  await mkdir(cacheDir, { recursive: true });
  const unlock = lockFolder(cacheDir, 'console');
  const store = openObjectStore({ bucket, region, endpoint, credentialsFile });
  const cache = await FileCache.in(cacheDir, settings.CACHE_MAX_BYTES ?? 0, store.read);
  return {
    files: bucketFiles(store, cache),
    name: `bucket ${bucket}`,
    dir: cache.dir,
    cacheUse: () => cache.use,
    fault: remembered(() => bucketFault(store, bucket), READY_FOR_MS),
    close: async () => {
      store.close();
      unlock();
    },
  };
}

/** Each list is paid for, and a kubelet asks every few seconds. */
const READY_FOR_MS = 30_000;

function remembered<T>(ask: () => Promise<T>, forMs: number): () => Promise<T> {
  let last: { answer: Promise<T>; untilMs: number } | undefined;
  return () => {
    const nowMs = performance.now();
    if (last === undefined || nowMs >= last.untilMs) last = { answer: ask(), untilMs: nowMs + forMs };
    return last.answer;
  };
}

async function bucketFault(store: ObjectStore, bucket: string): Promise<string | undefined> {
  try {
    for await (const _ of store.list('usage/', { pageSize: 1 })) break;
    return undefined;
  } catch (error) {
    return `LAKE_BUCKET ${bucket} cannot be read: ${(error as Error).message}`;
  }
}

/** A folder that does not exist yet is an empty lake. */
async function folderFault(dir: string): Promise<string | undefined> {
  try {
    await access(dir, constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : `LAKE_DIR ${dir} cannot be read: ${code}`;
  }
}
