import { existsSync, type FSWatcher, mkdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../support/child.ts';
import { CLUSTER, lakeDirOf, logDirOf } from '../support/load-collector.ts';

/**
 * `start` kills before the collector listens; the others wait for a sign on disk and kill right then. `append` is the moment in which a
 * batch is in the log and its answer not sent.
 */
export const MOMENTS = ['any', 'append', 'seal', 'usage', 'purge', 'start'] as const;
export type Moment = (typeof MOMENTS)[number];

const PATIENCE_MS = 6_000;

/** Folders in which the signs appear; made ahead, so that they can be watched. */
export function makeWatchedFolders(dir: string, date: string): void {
  for (const table of ['samples', 'usage']) mkdirSync(tableDir(dir, table, date), { recursive: true });
  mkdirSync(logDirOf(dir), { recursive: true });
}

/** Waits for a moment to kill at; a sign that does not come in time makes it a random one. `random` gives numbers in [0, 1). */
export async function waitForMoment(moment: Moment, dir: string, date: string, random: () => number): Promise<void> {
  if (moment === 'any') await sleep(100 + random() * 1500);
  else if (moment === 'append') {
    await sleep(100 + random() * 1000);
    await sign(logDirOf(dir), (name) => name.endsWith('.log') && existsSync(join(logDirOf(dir), name)));
  } else if (moment === 'purge')
    await sign(logDirOf(dir), (name) => /^[0-9]{10}\.log$/.test(name) && !existsSync(join(logDirOf(dir), name)));
  else {
    await sleep(random() * 500);
    await sign(tableDir(dir, moment === 'seal' ? 'samples' : 'usage', date), (name) => name.endsWith('.tmp'));
    // Somewhere between the file's first byte and a while after its rename.
    const untilMs = performance.now() + random() * 12;
    while (performance.now() < untilMs) await new Promise(setImmediate);
  }
}

function sign(folder: string, isSign: (name: string) => boolean): Promise<void> {
  let watcher: FSWatcher | undefined;
  const seen = new Promise<void>((resolve) => {
    watcher = watch(folder, (_, name) => {
      if (name !== null && isSign(name)) resolve();
    });
  });
  return Promise.race([seen, sleep(PATIENCE_MS)]).finally(() => watcher?.close());
}

function tableDir(dir: string, table: string, date: string): string {
  const { account, region, cluster } = CLUSTER;
  return join(lakeDirOf(dir), table, 'v1', `account=${account}`, `region=${region}`, `cluster=${cluster}`, `date=${date}`);
}
