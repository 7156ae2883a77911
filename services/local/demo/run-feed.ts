import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FeedCounts } from '../simulation/feed.ts';

/** Parent to child, once; the same hours and seed make the same cluster on both sides. */
export type FeedOrder = { fromMs: number; toMs: number; seed: number; url: string };
/** Child to parent. After `before-late` the child waits for any answer. */
export type FeedReport =
  | { kind: 'progress'; share: number; samples: number }
  | { kind: 'before-late' }
  | { kind: 'done'; counts: FeedCounts; cpuSeconds: number };
export type FeedResult = Omit<Extract<FeedReport, { kind: 'done' }>, 'kind'>;

export type FeedWatcher = {
  onProgress(share: number, samples: number): Promise<void>;
  beforeLate(): Promise<void>;
};

/**
 * Runs the feed in a process of its own, so that it shares the machine with the receiver and not the thread.
 * @throws Error when the feed fails, a watcher fails or the signal fires; the process is gone then
 */
export async function runFeed(order: FeedOrder, watcher: FeedWatcher, signal: AbortSignal): Promise<FeedResult> {
  const child = fork(fileURLToPath(new URL('./feed-process.ts', import.meta.url)), { stdio: ['ignore', 2, 2, 'ipc'], signal });
  try {
    return await new Promise<FeedResult>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, killedBy) => reject(new Error(`the feed ended early (${killedBy ?? `exit ${code}`})`)));
      child.on('message', (report: FeedReport) => {
        if (report.kind === 'progress') watcher.onProgress(report.share, report.samples).catch(reject);
        else if (report.kind === 'done') resolve(report);
        else watcher.beforeLate().then(() => child.send('go on'), reject);
      });
      child.send(order);
    });
  } finally {
    child.kill();
  }
}
