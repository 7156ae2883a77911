import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startLocalStore } from '../../services/upload-api/local-store/local-store.ts';
import { type Child, freePort, sleep } from '../support/child.ts';
import { BUSY_SETTINGS, CLUSTER } from '../support/load-collector.ts';
import { usageFaults } from '../support/load-lake.ts';
import { LoadSender } from '../support/load-sender.ts';
import { StoreGate } from '../support/pipeline-gate.ts';
import { agreementFaults, readLedger, waitingFiles } from '../support/pipeline-lake.ts';
import { Pipeline, STORE_CREDENTIALS } from '../support/pipeline-processes.ts';
import { Ledger, versionOf } from './ledger.ts';
import { hitOf, type Moment, type PipelineHits, waitForPipelineMoment } from './pipeline-moments.ts';

export type PipelineCrashReport = {
  faults: string[];
  hits: PipelineHits;
  kills: { shipper: number; api: number };
  acknowledged: number;
  files: number;
  replays: number;
};

const REPLICA = 'ship-0';
const SHARDS = 4;
const PAUSE_MS = 200;
const DAY_MS = 86_400_000;
/** A purge can only be stopped halfway when there is something to remove. */
const MIN_PURGE_FILES = 8;
const COLLECTOR = { ...BUSY_SETTINGS, SEAL_INTERVAL_MS: '600', SEAL_DELAY_MS: '300', USAGE_INTERVAL_MS: '250' };
const SHIPPER = { SHIP_INTERVAL_MS: '150', BACKOFF_MAX_MS: '300', FILE_BACKOFF_MAX_MS: '300', API_TIMEOUT_MS: '5000' };
const UPLOAD_API = { REQUESTS_PER_MINUTE: '1000000', MAX_OPEN_URLS: '10000000' };

/**
 * Kills shipper and upload API `rounds` times while a collector seals files all the time, lets everything end in peace and holds lake,
 * ledger, manifests and completeness against each other and against what the collector acknowledged.
 * @param dir an empty folder
 * @param random numbers in [0, 1)
 * @param onRound called after each kill with what it was aimed at and what it hit
 */
export async function runPipelineCrashRounds(
  { rounds, dir, random }: { rounds: number; dir: string; random: () => number },
  onRound: (round: number, moment: Moment, hit: string) => void = () => {},
): Promise<PipelineCrashReport> {
  const dayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
  const lakeDir = join(dir, 'lake');
  const store = await startLocalStore({ dir: lakeDir, host: '127.0.0.1', port: 0, credentials: STORE_CREDENTIALS });
  const gate = new StoreGate(store.url, random);
  const pipeline = new Pipeline({
    dir,
    storeUrl: await gate.listen(),
    uploadPort: await freePort(),
    identity: CLUSTER,
    collector: COLLECTOR,
    shipper: SHIPPER,
    uploadApi: UPLOAD_API,
  });
  const dataDir = pipeline.dataDir(REPLICA);
  const shippedDirs = ['samples', 'usage'].map((table) => shippedDirOf(dataDir, table, dayMs));
  for (const folder of shippedDirs) mkdirSync(folder, { recursive: true });
  const hits: PipelineHits = { put: 0, mark: 0, move: 0, purge: 0, call: 0, idle: 0 };
  const kills = { shipper: 0, api: 0 };
  let replays = 0;
  const port = await freePort();
  const load = startLoad(pipeline.writeUrl(port), new Ledger(SHARDS, dayMs));
  try {
    const collector = await pipeline.startCollector(REPLICA, port);
    let api: Child | undefined;
    let shipper: Child | undefined;
    let life = { purgeable: [] as string[], sinceMs: 0 };
    for (let round = 0; round < rounds; round++) {
      const purgeable = shipper ? [] : finalFiles(shippedDirs);
      const moment = momentOf(hits, purgeable.length >= MIN_PURGE_FILES, random);
      if (!shipper) life = { purgeable: moment === 'purge' ? purgeable : [], sinceMs: Date.now() };
      const moments = waitForPipelineMoment(moment, { gate, dataDir, shippedDirs }, random);
      api ??= pipeline.spawnUploadApi();
      shipper ??= pipeline.spawnShipper(REPLICA, { RETENTION_MS: moment === 'purge' ? '0' : '3600000' });
      if (round % 7 === 6) replays += await orderReplay(pipeline, dataDir, random);
      await moments;

      const uploads = gate.uploads.size;
      const killedMs = Date.now();
      const isServing = gate.calls > 0;
      const isApi = ['call', 'anyCall', 'both'].includes(moment);
      const isShipper = moment === 'both' || !isApi;
      // Both signals leave before either end is waited for.
      await Promise.all([isShipper && shipper.end('SIGKILL'), isApi && api.end('SIGKILL')]);
      await sleep(30);
      const seen: string[] = [];
      if (isShipper) {
        const hit = hitOf({ dataDir, lakeDir }, gate.answered, { ...life, uploads, killedMs });
        [hits[hit], kills.shipper, shipper] = [hits[hit] + 1, kills.shipper + 1, undefined];
        seen.push(`shipper: ${hit}`);
      }
      if (isApi) {
        const hit = isServing ? 'call' : 'idle';
        [hits[hit], kills.api, api] = [hits[hit] + 1, kills.api + 1, undefined];
        seen.push(`upload API: ${hit}`);
      }
      onRound(round, moment, seen.join('; '));
    }
    await load.end();
    const faults = [...(await ended(collector))];
    api ??= await pipeline.startUploadApi();
    await shipper?.end('SIGKILL');
    shipper = await pipeline.startShipper(REPLICA);
    for (const untilMs = Date.now() + 60_000; waitingFiles(dataDir).length > 0 && Date.now() < untilMs; ) await sleep(200);
    faults.push(...(await ended(shipper)), ...(await load.ledger.faults(lakeDir)).map(({ text }) => text));
    faults.push(...(await usageFaults(lakeDir)), ...(await agreementFaults(lakeDir, { [REPLICA]: dataDir })));
    const files = readLedger(dataDir).filter(({ key }) => !key.startsWith('shipments/')).length;
    faults.push(...(await completenessFaults(pipeline, dayMs, files)), ...(await ended(api)));
    return { faults, hits, kills, acknowledged: load.ledger.acknowledged, files, replays };
  } finally {
    load.abort();
    await pipeline.close();
    gate.close();
    await store.close();
  }
}

/** What was hit least so far, or, for a third of the kills, anything. */
function momentOf(hits: PipelineHits, canPurge: boolean, random: () => number): Moment {
  if (random() < 0.33) return (['any', 'anyCall', 'both'] as const)[Math.floor(3 * random())] as Moment;
  const aims = (['purge', 'mark', 'move', 'put', 'call'] as const).filter((aim) => aim !== 'purge' || canPurge);
  return aims.reduce((least, aim) => (hits[aim] < hits[least] ? aim : least));
}

/** Shards that send until `end`. The collector is never killed here, so each request is acknowledged. */
function startLoad(url: string, ledger: Ledger) {
  let isEnding = false;
  let isAborted = false;
  const running = Array.from({ length: SHARDS }, async (_, shard) => {
    const sender = new LoadSender({ url, version: versionOf(shard), backoffMs: 50, goesOn: () => !isAborted });
    while (!isEnding && !isAborted) {
      const { body, acknowledge } = ledger.next(shard, 0);
      const outcome = await sender.send(body);
      if (outcome.kind === 'answered' && outcome.status !== 204)
        throw new Error(`the collector answered ${outcome.status}: ${outcome.text}`);
      if (outcome.kind === 'answered') acknowledge();
      await sleep(PAUSE_MS);
    }
    sender.close();
  });
  const all = Promise.all(running);
  all.catch(() => undefined);
  return {
    ledger,
    end: async () => {
      isEnding = true;
      await all;
    },
    abort: () => {
      isAborted = true;
    },
  };
}

/** Asks for some shipped files again. The API may be down or not up yet: then nobody has asked. @returns how many were ordered */
async function orderReplay(pipeline: Pipeline, dataDir: string, random: () => number): Promise<number> {
  const names = finalFiles([join(dataDir, 'shipped')]);
  const ids = [0, 1, 2].flatMap(() => names[Math.floor(random() * names.length)]?.split('/').at(-1) ?? []);
  if (ids.length === 0) return 0;
  return pipeline.replay(ids).then(
    () => ids.length,
    () => 0,
  );
}

/** Shipped files that are not written again: samples, and the usage part of a generation whose samples are there. */
function finalFiles(dirs: readonly string[]): string[] {
  const paths = dirs.flatMap((dir) => readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((path) => join(dir, path)));
  const partOf = (path: string) => /(?:samples|usage)(?<part>_[^/]+)\.parquet$/.exec(path)?.groups?.part;
  const sealed = new Set(paths.filter((path) => /\/samples_[^/]+$/.test(path)).map(partOf));
  return paths.filter((path) => partOf(path) !== undefined && sealed.has(partOf(path)));
}

async function completenessFaults(pipeline: Pipeline, dayMs: number, files: number): Promise<string[]> {
  const { isComplete, replicas, unreadable } = await pipeline.completeness(dayMs, dayMs + DAY_MS);
  const told = replicas.reduce((sum, replica) => sum + replica.files, 0);
  return [
    ...(isComplete ? [] : [`completeness says ${JSON.stringify({ replicas, unreadable }).slice(0, 2000)}`]),
    ...(told === files ? [] : [`completeness knows ${told} files, the ledger ${files}`]),
  ];
}

async function ended(child: Child): Promise<string[]> {
  const code = await child.end('SIGTERM');
  return code === 0 ? [] : [`SIGTERM ended with ${code}\n${child.output().slice(-2000)}`];
}

function shippedDirOf(dataDir: string, table: string, dayMs: number): string {
  const { account, region, cluster } = CLUSTER;
  const date = new Date(dayMs).toISOString().slice(0, 10);
  return join(dataDir, 'shipped/lake', table, 'v1', `account=${account}`, `region=${region}`, `cluster=${cluster}`, `date=${date}`);
}
