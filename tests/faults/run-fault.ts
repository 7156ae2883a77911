import { mkdirSync, readdirSync } from 'node:fs';
import { makeWatchedFolders } from '../crash/kill-moments.ts';
import { Ledger } from '../crash/ledger.ts';
import { startLoad } from '../crash/load.ts';
import { temporaries } from '../crash/wreck.ts';
import { freePort, sleep } from '../support/child.ts';
import { BUSY_SETTINGS, LISTENS, lakeDirOf, startCollectorChild } from '../support/load-collector.ts';
import { usageFaults } from '../support/load-lake.ts';
import type { FaultCase } from './fault-table.ts';

const SHARDS = 4;
const DAY_MS = 86_400_000;
/** Far above what a machine that is four times slower needs. */
const PATIENCE_MS = 90_000;

export type FaultOutcome = {
  /** Times the fault was felt, by the tracer's or the collector's own words. */
  fired: number;
  /** Answers by status while it lasted. */
  statuses: Map<number, number>;
  /** 503 without Retry-After, and statuses that are neither 204 nor 503, at any time. */
  wrongAnswers: string[];
  readyzDuring: string;
  acknowledged: number;
  /** Lost, doubled, usage that disagrees, leftovers. */
  faults: string[];
};

/**
 * Lays a fault over a collector under load, waits until it was felt, takes it away, and waits until all senders are served again by the same
 * process; then ends it in peace and holds the lake against what was acknowledged.
 * @param dir an empty folder
 * @throws Error naming what did not come in time
 */
export async function runFault(fault: FaultCase, dir: string): Promise<FaultOutcome> {
  const dayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
  const date = new Date(dayMs).toISOString().slice(0, 10);
  mkdirSync(dir, { recursive: true });
  makeWatchedFolders(dir, date);
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  let statuses = new Map<number, number>();
  const wrongAnswers: string[] = [];
  const child = startCollectorChild(dir, port, { ...BUSY_SETTINGS, ...fault.settings?.(dir) });
  await child.line(LISTENS, PATIENCE_MS);
  const load = startLoad({
    url: `${base}/api/v1/write`,
    ledger: new Ledger(SHARDS, dayMs),
    onAnswer: (status, retryAfter) => {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status !== 204 && status !== 503) wrongAnswers.push(`status ${status}`);
      if (status === 503 && !(Number(retryAfter) > 0)) wrongAnswers.push('503 without Retry-After');
    },
  });
  const served = async (requests: number) => {
    const from = load.acknowledged();
    await until('every sender is served', child.output, () =>
      load.acknowledged().every((count, at) => count >= (from[at] as number) + requests),
    );
  };
  try {
    await served(10);
    await until('a file is sealed', child.output, () => sealedFiles(dir) > 0);
    const sealedBefore = sealedFiles(dir);
    const laid = await fault.lay({ pid: child.pid, dir, date, output: child.output });
    statuses = new Map();
    let readyzDuring = '';
    await until('the fault is felt', child.output, async () => {
      if (!fault.isDeaf) readyzDuring = await readyz(base, readyzDuring);
      const isTold = fault.isDeaf || readyzDuring !== '';
      const isSeen = {
        refuses: () => (statuses.get(503) ?? 0) >= 5 && isTold,
        keeps: () => (statuses.get(204) ?? 0) >= 5 && isTold,
        slow: () => (statuses.get(204) ?? 0) >= 20 && sealedFiles(dir) >= sealedBefore + 2,
      }[fault.seen]();
      return isSeen && laid.fired() > 0 && (!fault.says || fault.says.test(readyzDuring));
    });
    const fired = laid.fired();
    const during = statuses;
    await laid.end();
    statuses = new Map();
    await served(5);
    await until('the collector says that it is ready', child.output, async () => (await readyz(base, '')) === '');
    await load.finish();
    const code = await child.end('SIGTERM', PATIENCE_MS);
    const faults = code === 0 ? [] : [`SIGTERM ended with ${code}`];
    faults.push(...(await load.ledger.faults(lakeDirOf(dir))).map(({ text }) => text), ...(await usageFaults(lakeDirOf(dir))));
    faults.push(...temporaries(lakeDirOf(dir)).map(({ table, hour }) => `a .tmp is left of ${table} ${hour}`));
    return { fired, statuses: during, wrongAnswers, readyzDuring, acknowledged: load.ledger.acknowledged, faults };
  } finally {
    load.abort();
    await child.end('SIGKILL');
  }
}

/** What `/readyz` gives as the reason why not; the last one where it is ready again or cannot be asked. */
async function readyz(base: string, last: string): Promise<string> {
  try {
    const answer = await fetch(`${base}/readyz`, { signal: AbortSignal.timeout(10_000) });
    const text = await answer.text();
    return answer.status === 503 ? text : last;
  } catch {
    return last;
  }
}

async function until(what: string, output: () => string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const untilMs = Date.now() + PATIENCE_MS; !(await isSo()); await sleep(50)) {
    if (Date.now() > untilMs) throw new Error(`not in ${PATIENCE_MS} ms: ${what}\n${output().slice(-3000)}`);
  }
}

/** `samples` files of the lake. */
function sealedFiles(dir: string): number {
  const files = readdirSync(lakeDirOf(dir), { recursive: true, encoding: 'utf8' });
  return files.filter((path) => /samples_[^/]*\.parquet$/.test(path)).length;
}
