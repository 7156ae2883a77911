import { join } from 'node:path';
import { type Child, startChild } from './child.ts';

export const REPLICA = 'crash-0';
export const CLUSTER = { account: '000000000000', region: 'local', cluster: 'crash' };

const MAIN = join(import.meta.dirname, '../../services/collector/main.ts');

/** Folders of a collector under test. */
export const logDirOf = (dir: string) => join(dir, 'data', 'log');
export const lakeDirOf = (dir: string) => join(dir, 'lake');

/** Times and sizes at which seals, rewrites, rotation and purge happen all the time; the window still covers a restart on a busy machine. */
export const BUSY_SETTINGS = {
  SEAL_INTERVAL_MS: '1200',
  SEAL_DELAY_MS: '600',
  USAGE_INTERVAL_MS: '400',
  LOG_SEGMENT_BYTES: '131072',
  DEDUPE_WINDOW_MS: '8000',
};

/** A collector as a process of its own, so that it can be killed. `LISTENS` is what it says once it takes requests. */
export function startCollectorChild(
  dir: string,
  port: number,
  settings: Record<string, string> = {},
  nodeArgs: string[] = [],
  main: string = MAIN,
): Child {
  const env = {
    PATH: process.env.PATH,
    DATA_DIR: join(dir, 'data'),
    LAKE_OUTPUT_DIR: lakeDirOf(dir),
    COLLECTOR_PORT: String(port),
    CLUSTER_NAME: CLUSTER.cluster,
    REPLICA,
    ...settings,
  };
  return startChild(process.execPath, [...nodeArgs, main], { env });
}

export const LISTENS = /collector listens/;
