import { createHash } from 'node:crypto';
import { existsSync, type FSWatcher, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../support/child.ts';
import type { StoreGate } from '../support/pipeline-gate.ts';
import { readLedger } from '../support/pipeline-lake.ts';

/**
 * What is aimed at. `put`, `mark`, `move`, `purge` and `any` kill the shipper, `call` and `anyCall` the upload API, `both` both at one time.
 */
export type Moment = 'put' | 'mark' | 'move' | 'purge' | 'call' | 'any' | 'anyCall' | 'both';

/**
 * What was hit, each kill counted once, by what was found after it. `purge`: some files were removed, others that were to be were not ·
 * `move`: a file was in the ledger and not moved on · `mark`: it was in the store and not in the ledger · `put`: an upload was under way ·
 * `call`: the upload API was serving somebody · `idle`: none of these.
 */
export type Hit = 'put' | 'mark' | 'move' | 'purge' | 'call' | 'idle';
export type PipelineHits = Record<Hit, number>;

const PATIENCE_MS = 6_000;

type Watched = { gate: StoreGate; dataDir: string; shippedDirs: readonly string[] };

/** Waits for a moment to kill at; one that does not come in time becomes a random one. `random` gives numbers in [0, 1). */
export async function waitForPipelineMoment(moment: Moment, { gate, dataDir, shippedDirs }: Watched, random: () => number): Promise<void> {
  if (moment === 'any' || moment === 'anyCall' || moment === 'both') return sleep(200 + 1500 * random());
  if (moment === 'purge') return firstRemoval(shippedDirs);
  await sleep(200 * random());
  const wanted = { put: 'upload', mark: 'answer', move: 'upload', call: 'call' }[moment];
  const seen = new Promise<void>((resolve) => {
    gate.onEvent = (event) => event === wanted && resolve();
  });
  await Promise.race([seen, sleep(PATIENCE_MS)]);
  gate.onEvent = () => {};
  if (moment === 'move') return firstSign([dataDir], (name) => name === 'ledger.sqlite-wal');
  const untilMs = performance.now() + random() ** 2 * (moment === 'mark' ? 4 : 12);
  while (performance.now() < untilMs) await new Promise(setImmediate);
}

export type Life = { uploads: number; purgeable: readonly string[]; sinceMs: number; killedMs: number };

/** Finds out what a kill of the shipper hit. `uploads` were under way then, `purgeable` was to be removed in its life from `sinceMs` to `killedMs`. */
export function hitOf(
  { dataDir, lakeDir }: { dataDir: string; lakeDir: string },
  answered: ReadonlyMap<string, number>,
  { uploads, purgeable, sinceMs, killedMs }: Life,
): Hit {
  const left = purgeable.filter((path) => existsSync(path)).length;
  if (left > 0 && left < purgeable.length) return 'purge';
  // Uploaded in this life, and the very bytes that still wait: a newer version of a file is another matter.
  const waiting = [...answered]
    .filter(([, atMs]) => atMs >= sinceMs && atMs <= killedMs)
    .map(([key]) => ({ key, sha256: sha256Of(join(dataDir, 'sending', 'lake', key)) }))
    .filter(({ key, sha256 }) => sha256 !== '' && sha256 === sha256Of(join(lakeDir, key)));
  if (waiting.length === 0) return uploads > 0 ? 'put' : 'idle';
  const ledger = new Map(readLedger(dataDir).map(({ key, sha256 }) => [key, sha256]));
  return waiting.some(({ key, sha256 }) => ledger.get(key) === sha256) ? 'move' : 'mark';
}

function firstRemoval(dirs: readonly string[]): Promise<void> {
  const known = new Map(dirs.map((dir) => [dir, new Set(readdirSync(dir))]));
  return firstSign(dirs, (name, dir) => (known.get(dir)?.has(name) ?? false) && !existsSync(join(dir, name)));
}

function firstSign(dirs: readonly string[], isSign: (name: string, dir: string) => boolean): Promise<void> {
  const watchers: FSWatcher[] = [];
  const seen = new Promise<void>((resolve) => {
    for (const dir of dirs) watchers.push(watch(dir, (_, name) => void (name !== null && isSign(name, dir) && resolve())));
  });
  return Promise.race([seen, sleep(PATIENCE_MS)]).finally(() => {
    for (const watcher of watchers) watcher.close();
  });
}

const sha256Of = (path: string) => (existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : '');
