import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CostAnswer } from '@tallyship/cost/cost-query';
import type { EventList } from '../simulation/events.ts';
import { makeScenario } from '../simulation/scenario.ts';
import { costFooter, costTable } from './cost-table.ts';
import type { DemoOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { runFeed } from './run-feed.ts';

const HOUR_MS = 3_600_000;
const RESTART_AT = 0.5;
/** An hour of a simulated day arrives within a few seconds: it is sealed soon after, so that a day never lies in memory. */
const SEAL_INTERVAL_MS = 5_000;

/** What the demo needs of the local platform. */
export type Platform = {
  collectorUrl: string;
  consoleUrl: string;
  restartCollector(): Promise<void>;
  sealAll(): Promise<void>;
  close(): Promise<void>;
};
export type StartPlatform = (options: {
  dataDir: string;
  collectorPort: number;
  consolePort: number;
  sealIntervalMs: number;
  logLevel: 'warn';
}) => Promise<Platform>;
type Output = { isTTY?: boolean; write(text: string): unknown };
export type DemoWorld = { startPlatform: StartPlatform; nowMs: number; stdout: Output; stderr: Output; signal: AbortSignal };

/**
 * Starts the platform in this process, feeds it a simulated cluster from another one and prints what its namespaces cost.
 * On the way the collector is restarted under load, and a part of one hour comes late, after that hour was sealed.
 * Unless `isOnce` it then stays up until the signal fires. A temporary data folder is removed at the end.
 */
export async function runDemo(options: DemoOptions, world: DemoWorld): Promise<void> {
  const { stdout, stderr, signal } = world;
  const toMs = Math.floor(world.nowMs / HOUR_MS) * HOUR_MS;
  const events = makeScenario({ fromMs: toMs - options.hours * HOUR_MS, toMs, seed: options.seed });
  if (options.eventsFile !== undefined) await writeFile(options.eventsFile, JSON.stringify(events));
  const dataDir = await openDataDir(options.dataDir);
  let platform: Platform | undefined;
  try {
    platform = await world.startPlatform({
      dataDir,
      collectorPort: 0,
      consolePort: 0,
      sealIntervalMs: SEAL_INTERVAL_MS,
      logLevel: 'warn',
    });
    stderr.write(`${introduction(events)}data in ${dataDir}\n`);
    await feedPlatform(platform, events, world);
    const startMs = performance.now();
    const answer = await askCosts(platform.consoleUrl, events, signal);
    stderr.write(`cost query ${((performance.now() - startMs) / 1000).toFixed(1)} s\n`);
    stdout.write(options.isJson ? `${JSON.stringify(answer)}\n` : `\n${title(events)}${costTable(answer)}${costFooter(answer)}`);
    const page = `page ${platform.consoleUrl}/?${query(events)}`;
    (options.isJson ? stderr : stdout).write(
      options.isOnce ? `${page} (gone now; without --once it stays up)\n` : `${page}\nCtrl-C ends the demo\n`,
    );
    if (!options.isOnce) await aborted(signal);
  } finally {
    await platform?.close();
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  }
}

async function feedPlatform(platform: Platform, events: EventList, { stderr, signal }: DemoWorld): Promise<void> {
  const { cluster, fromMs, toMs, seed } = events;
  const url = new URL('/api/v1/write', platform.collectorUrl);
  url.search = new URLSearchParams({ cluster_name: cluster.name, cloud_account_id: cluster.account, region: cluster.region }).toString();
  const progress = createProgress(stderr, () => performance.now());
  let restart: Promise<void> | undefined;
  const restartOnce = () => {
    restart ??= platform.restartCollector();
    return restart;
  };
  const watcher = {
    async onProgress(share: number, samples: number) {
      progress.update(share, samples);
      if (share >= RESTART_AT) await restartOnce();
    },
    async beforeLate() {
      await restartOnce();
      await platform.sealAll();
    },
  };
  const startMs = performance.now();
  const { counts, cpuSeconds } = await runFeed({ fromMs, toMs, seed, url: url.href }, watcher, signal);
  progress.end();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  stderr.write(
    `sent ${counts.samples} samples in ${counts.requests} requests, ${seconds} s (the feed took ${cpuSeconds.toFixed(1)} CPU s); ` +
      `all of them written; collector restarted once, ${counts.retries} retries; ${counts.lateSamples} samples came late\n`,
  );
  const sealMs = performance.now();
  await platform.sealAll();
  stderr.write(`sealed the rest in ${((performance.now() - sealMs) / 1000).toFixed(1)} s\n`);
}

async function askCosts(consoleUrl: string, events: EventList, signal: AbortSignal): Promise<CostAnswer> {
  const url = new URL('/api/costs', consoleUrl);
  url.search = query(events);
  const response = await fetch(url, { signal });
  const text = await response.text();
  if (!response.ok) throw new Error(`GET ${url.pathname}${url.search}: ${response.status} ${text.slice(0, 500)}`);
  return JSON.parse(text) as CostAnswer;
}

function query({ fromMs, toMs }: EventList): string {
  return new URLSearchParams({ group: 'namespace', from: iso(fromMs), to: iso(toMs), step: 'day' }).toString();
}

const iso = (timeMs: number) => new Date(timeMs).toISOString().replace('.000Z', 'Z');

function introduction({ nodes, pods, cluster, seed, fromMs, toMs }: EventList): string {
  return (
    `A simulated cluster, named ${cluster.name} (account ${cluster.account}, ${cluster.region}, seed ${seed}): ` +
    `${nodes.length} nodes and ${pods.length} pods over ${(toMs - fromMs) / HOUR_MS} h, one sample a minute. No real workload is metered.\n`
  );
}

function title({ fromMs, toMs, cluster }: EventList): string {
  return `Costs of the simulated cluster ${cluster.account}/${cluster.region}/${cluster.name} by namespace, ${iso(fromMs)} to ${iso(toMs)}\n\n`;
}

async function openDataDir(dataDir: string | undefined): Promise<string> {
  if (dataDir === undefined) return mkdtemp(join(tmpdir(), 'tallyship-demo-'));
  await mkdir(dataDir, { recursive: true });
  if ((await readdir(dataDir)).length > 0) throw new Error(`--data ${dataDir} holds files already; give an empty or a new folder`);
  return dataDir;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
