import { existsSync, type FSWatcher, mkdirSync, readdirSync, readlinkSync, watch } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../support/child.ts';
import { CLUSTER, lakeDirOf, logDirOf } from '../support/load-collector.ts';

/**
 * What a kill is aimed at; each waits for a sign on disk, or of the process, and kills right then. `append` is the moment in which a batch is in the log and
 * its answer not sent, `recovery` that between the taking of the log folder and the first request.
 */
export const MOMENTS = ['any', 'append', 'seal', 'usage', 'purge', 'recovery'] as const;
export type Moment = (typeof MOMENTS)[number];

/** Settings under which a moment comes often: a rewrite of usage that is no seal, a purge without a long wait. */
export const SETTINGS_OF: Partial<Record<Moment, Record<string, string>>> = {
  usage: { SEAL_INTERVAL_MS: '20000', SEAL_DELAY_MS: '20000', USAGE_INTERVAL_MS: '100' },
  purge: { LOG_SEGMENT_BYTES: '32768' },
};

const PATIENCE_MS = 6_000;

/** Folders in which the signs appear; made ahead, so that they can be watched. */
export function makeWatchedFolders(dir: string, date: string): void {
  for (const table of ['samples', 'usage']) mkdirSync(tableDir(dir, table, date), { recursive: true });
  mkdirSync(logDirOf(dir), { recursive: true });
}

/**
 * Waits for a moment to kill at, of a collector that listens; a sign that does not come in time makes it a random one. `random` gives numbers in [0, 1).
 * @returns whether the sign came
 */
export async function waitForMoment(moment: Moment, dir: string, date: string, random: () => number): Promise<boolean> {
  await sleep(100 + random() * (moment === 'any' ? 1000 : 300));
  if (moment === 'any') return false;
  if (moment === 'append') return sign(logDirOf(dir), (name) => name.endsWith('.log') && existsSync(join(logDirOf(dir), name)));
  if (moment === 'purge') return sign(logDirOf(dir), (name) => /^[0-9]{10}\.log$/.test(name) && !existsSync(join(logDirOf(dir), name)));
  const isSeen = await sign(tableDir(dir, moment === 'seal' ? 'samples' : 'usage', date), (name) => name.endsWith('.tmp'));
  // Somewhere between the file's first byte and a while after its rename.
  await spin(random() * (moment === 'seal' ? 12 : 6));
  return isSeen;
}

/** Waits until a collector that was just started holds its log folder, then a moment more. @returns whether it came to that in time */
export async function waitForRecovery(pid: number, random: () => number): Promise<boolean> {
  for (const untilMs = performance.now() + PATIENCE_MS; performance.now() < untilMs; await sleep(1)) {
    if (!holdsLog(pid)) continue;
    await spin(random() * 25);
    return true;
  }
  return false;
}

function holdsLog(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => Number(fd) > 10 && linkOf(`/proc/${pid}/fd/${fd}`).endsWith('collector.lock'));
  } catch {
    return false;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

async function spin(ms: number): Promise<void> {
  for (const untilMs = performance.now() + ms; performance.now() < untilMs; ) await new Promise(setImmediate);
}

function sign(folder: string, isSign: (name: string) => boolean): Promise<boolean> {
  let watcher: FSWatcher | undefined;
  const seen = new Promise<boolean>((resolve) => {
    watcher = watch(folder, (_, name) => {
      if (name !== null && isSign(name)) resolve(true);
    });
  });
  return Promise.race([seen, sleep(PATIENCE_MS).then(() => false)]).finally(() => watcher?.close());
}

function tableDir(dir: string, table: string, date: string): string {
  const { account, region, cluster } = CLUSTER;
  return join(lakeDirOf(dir), table, 'v1', `account=${account}`, `region=${region}`, `cluster=${cluster}`, `date=${date}`);
}
