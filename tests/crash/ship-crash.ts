import { createHash } from 'node:crypto';
import { type FSWatcher, mkdirSync, readdirSync, renameSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { zstdDecompressSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { type Child, sleep, startChild } from '../support/child.ts';
import { PLANTED_KEY, ScriptedCloudZero } from '../support/scripted-cloudzero.ts';

const MOMENTS = ['put', 'mark', 'purge', 'any'] as const;
type Moment = (typeof MOMENTS)[number];
export type ShipCrashResult = { faults: string[]; hits: Record<Moment, number>; files: number };
type Placed = Map<string, { bytes: Buffer; rows: number }>;

const HOUR_MS = 3_600_000;
const FOLDER = 'account=123456789012/region=us-east-1/cluster=shop';
const CLUSTER = '123456789012/us-east-1/shop';
const DAY_MS = Date.UTC(2026, 10, 20);
const PATIENCE_MS = 15_000;

/**
 * Kills a real shipper again and again, in the middle of a PUT, between a PUT and its mark or move, in the middle of a purge, and anywhere;
 * in between files come, and usage parts are rewritten. Then everything must be in the store once, in its last version, and ledger and
 * manifests must agree with it.
 * @param random gives numbers in [0, 1)
 */
export async function runShipCrashRounds(
  { rounds, dir, random }: { rounds: number; dir: string; random: () => number },
  onRound: (round: number, moment: Moment, isHit: boolean) => void = () => undefined,
): Promise<ShipCrashResult> {
  const store = new ScriptedCloudZero();
  await store.listen();
  writeFileSync(join(dir, 'key'), PLANTED_KEY);
  const hits: Record<Moment, number> = { put: 0, mark: 0, purge: 0, any: 0 };
  const placed: Placed = new Map();
  try {
    for (let round = 0; round < rounds; round += 1) {
      // Purge needs files that were shipped in an earlier round, so it never comes first.
      const moment = MOMENTS[round % MOMENTS.length] as Moment;
      const isHit = await killOnce(moment, { store, dir, random, placed, round });
      if (isHit) hits[moment] += 1;
      onRound(round, moment, isHit);
    }
    store.heal();
    const drained = shipper(dir, store, ['drain', '--data', dir]);
    await drained.line(/drained: nothing is left/, 60_000);
    return { faults: await check(store, dir, placed), hits, files: placed.size };
  } finally {
    await store.close();
  }
}

type Round = { store: ScriptedCloudZero; dir: string; random: () => number; placed: Placed; round: number };

async function killOnce(moment: Moment, { store, dir, random, placed, round }: Round): Promise<boolean> {
  store.heal();
  for (let n = 0; n < 6; n += 1) place(dir, placed, 'samples', round * 4 + n, random);
  let signal: () => void = () => undefined;
  const reached = new Promise<boolean>((resolve) => {
    signal = () => resolve(true);
  });
  // The script comes ahead of the process, so that its first upload can be the one.
  let child: Child | undefined;
  let isOver = false;
  const kill = () => {
    if (child && !isOver) process.kill(child.pid, 'SIGKILL');
    signal();
  };
  const nth = Math.floor(random() * 4);
  if (moment === 'put') {
    store.failStorage((_, __, proceed) => proceed(), nth);
    store.failStorage((request) => void request.once('data', kill));
  } else if (moment === 'mark') {
    store.failStorage((_, __, proceed) => proceed(), nth);
    store.failStorage(async (_, response, proceed) => {
      response.once('finish', () => setTimeout(kill, random() * 4));
      await proceed();
    });
  }
  const watcher = moment === 'purge' ? onRemoval(join(dir, 'shipped/lake/samples/v1', FOLDER, 'date=2026-11-20'), kill) : undefined;
  child = shipper(dir, store, ['run']);
  const placing: Promise<void>[] = [];
  if (moment === 'any') setTimeout(kill, 100 + random() * 1200);
  else for (let n = 0; n < 3; n += 1) placing.push(sleep(300 + random() * 300).then(() => place(dir, placed, 'usage', n, random)));
  const isReached = await Promise.race([reached, sleep(PATIENCE_MS).then(() => false)]);
  watcher?.close();
  isOver = true;
  await child.end('SIGKILL');
  const isSentAndWaiting = (name: string) => store.objects.get(`${CLUSTER}/${name}`)?.bytes.equals(placed.get(name)?.bytes as Buffer);
  const isHit = isReached && (moment !== 'mark' || files(dir, 'sending').some((name) => placed.has(name) && isSentAndWaiting(name)));
  // What comes after the drain has ended would be left.
  await Promise.all(placing);
  return isHit;
}

function shipper(dir: string, store: ScriptedCloudZero, args: string[]): Child {
  const env = {
    PATH: process.env.PATH,
    DATA_DIR: dir,
    SHIPPER_PORT: '0',
    LAKE_UPLOAD_URL: store.url,
    LAKE_API_KEY_FILE: join(dir, 'key'),
    SHIP_INTERVAL_MS: '50',
    BACKOFF_MAX_MS: '200',
    FILE_BACKOFF_MAX_MS: '200',
    RETENTION_MS: '100',
    LOG_LEVEL: 'warn',
  };
  return startChild(process.execPath, [join(import.meta.dirname, '../../services/shipper/main.ts'), ...args], { env });
}

/** Hours of one day, so that one folder can be watched; a usage part is rewritten under its key with more rows each time. */
function place(dir: string, placed: Placed, table: string, n: number, random: () => number): void {
  const generation = Math.floor(n / 24);
  const start = DAY_MS + (n % 24) * HOUR_MS;
  const name = `${table}_${start}_${start + HOUR_MS}_collector-0-${generation}.parquet`;
  if (table === 'samples' && placed.has(name)) return;
  const rows = (placed.get(name)?.rows ?? 0) + 1 + Math.floor(random() * 20_000);
  const data = Array.from({ length: rows }, () => Math.floor(random() * 2 ** 30));
  const bytes = Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'value', data, type: 'INT32' }] }));
  const path = join(dir, 'ready/lake', table, 'v1', FOLDER, 'date=2026-11-20', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.tmp`, bytes);
  renameSync(`${path}.tmp`, path);
  placed.set(name, { bytes, rows });
}

function onRemoval(dir: string, kill: () => void): FSWatcher {
  mkdirSync(dir, { recursive: true });
  const known = new Set(readdirSync(dir));
  return watch(dir, (_, name) => {
    if (name === null) return;
    const isThere = readdirSync(dir).includes(name);
    if (known.has(name) && !isThere) kill();
    else known.add(name);
  });
}

function files(dir: string, stage: string): string[] {
  const entries = readdirSync(join(dir, stage, 'lake'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** @returns what is wrong in the end, a line each */
async function check(store: ScriptedCloudZero, dir: string, placed: Placed): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, { bytes }] of placed) {
    const object = store.objects.get(`${CLUSTER}/${name}`);
    if (!object) faults.push(`${name} is not in the store`);
    else if (!object.bytes.equals(bytes)) faults.push(`${name} is not the last version`);
  }
  const db = new DatabaseSync(join(dir, 'ledger.sqlite'), { readOnly: true });
  const rows = db.prepare('SELECT key, reference_id, sha256, rows, bytes FROM shipments').all() as Record<string, string | number>[];
  db.close();
  for (const { reference_id: id, sha256 } of rows) {
    const object = store.objects.get(`${CLUSTER}/${id}`);
    if (!object || createHash('sha256').update(object.bytes).digest('hex') !== sha256) faults.push(`the ledger has other bytes for ${id}`);
  }
  const own = rows.filter(({ reference_id: id }) => !String(id).startsWith('shipments'));
  if (own.length !== placed.size) faults.push(`the ledger has ${own.length} files, ${placed.size} were made`);
  for (const stage of ['ready', 'sending']) for (const name of files(dir, stage)) faults.push(`${name} is left in ${stage}`);
  return [...faults, ...(await checkManifests(store, own, placed))];
}

async function checkManifests(store: ScriptedCloudZero, ledger: Record<string, string | number>[], placed: Placed): Promise<string[]> {
  const listed: Record<string, unknown>[] = [];
  for (const [name, { bytes }] of store.objects) {
    if (!name.includes('/shipments_')) continue;
    const file = new Uint8Array(bytes).buffer;
    listed.push(...(await parquetReadObjects({ file, compressors: { ZSTD: (input) => zstdDecompressSync(input) } })));
  }
  const textOf = (row: Record<string, unknown>) => [row.key, row.sha256, Number(row.rows), Number(row.bytes)].join(' ');
  const [a, b] = [listed, ledger].map((rows) => rows.map(textOf).sort());
  const rows = listed.reduce((sum, row) => sum + Number(row.rows), 0);
  const made = [...placed.values()].reduce((sum, file) => sum + file.rows, 0);
  return [
    ...(JSON.stringify(a) === JSON.stringify(b)
      ? []
      : [`manifests list ${listed.length} files, the ledger ${ledger.length}, not the same`]),
    ...(rows === made ? [] : [`manifests have ${rows} rows, ${made} were made`]),
  ];
}
