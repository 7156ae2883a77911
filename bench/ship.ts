import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { startLocalStore } from '@tallyship/upload-api/local-store';
import { UPLOAD_API_SETTINGS } from '@tallyship/upload-api/settings';
import { startUploadApi } from '@tallyship/upload-api/upload-api';
import { sleep, startChild } from '../tests/support/child.ts';
import { processMemory } from '../tests/support/process-memory.ts';
import { startVersitygw } from '../tests/support/versitygw.ts';
import { table } from './table.ts';

export const STORES = ['local', 'versitygw'] as const;
export type Store = (typeof STORES)[number];
/** Many small files for the memory, a few large ones for the bytes. */
const LOADS = [
  { files: 0, bytes: 0 },
  { files: 1, bytes: 2 ** 20 },
  { files: 10, bytes: 2 ** 20 },
  { files: 100, bytes: 2 ** 20 },
  { files: 1000, bytes: 2 ** 20 },
  { files: 8, bytes: 64 * 2 ** 20 },
];
const HOUR_MS = 3_600_000;
const KEY = 'bench-key-of-the-shipper';

type Usage = { cpuSeconds: number; peakBytes: number; seconds: number };
type Row = Usage & { files: number; bytes: number };

/** What the shipper takes to send files over the upload API, as `drain` does. @param json one JSON document instead of a table */
export async function benchShip(storeName: Store, json: boolean): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-bench-ship-'));
  const far = await startFarSide(dir, storeName);
  try {
    const rows: Row[] = [];
    for (const { files, bytes } of LOADS) {
      const data = join(dir, `data-${files}-${bytes}`);
      placeFiles(data, files, bytes);
      rows.push({ files, bytes, ...(await drainOf(data, far.url, join(dir, 'key'))) });
      rmSync(data, { recursive: true, force: true });
      process.stderr.write(`${files} files of ${bytes} bytes: done\n`);
    }
    // What starting and ending takes is told apart from what the files take.
    const [empty, ...loads] = rows as [Row, ...Row[]];
    if (json) process.stdout.write(`${JSON.stringify({ store: storeName, node: process.version, load: loadavg(), empty, loads })}\n`);
    else process.stdout.write(text(empty, loads, storeName));
  } finally {
    await far.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Upload API and store, in this process or beside it: not what is measured. */
async function startFarSide(dir: string, storeName: Store): Promise<{ url: string; stop(): Promise<void> }> {
  const log = createLogger('bench', { level: 'error' });
  const credentials = { accessKeyId: 'BENCHKEY', secretAccessKey: 'a-secret-of-the-bench' };
  const store =
    storeName === 'local'
      ? await startLocalStore({ dir: join(dir, 'lake'), host: '127.0.0.1', port: 0, credentials, log }).then((local) => ({
          ...local,
          credentials,
          stop: () => local.close(),
        }))
      : await startVersitygw();
  const write = (name: string, content: unknown) => {
    writeFileSync(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
    return join(dir, name);
  };
  write('key', KEY);
  const settings = readSettings(UPLOAD_API_SETTINGS, {
    UPLOAD_API_PORT: '0',
    KEYS_FILE: write('keys.json', [{ name: 'bench', key: KEY, accounts: ['*'], regions: ['*'], clusters: ['*'] }]),
    STORE_BUCKET: store.bucket,
    STORE_ENDPOINT: store.url,
    STORE_CREDENTIALS_FILE: write('credentials.json', store.credentials),
  });
  const api = await startUploadApi(settings, log);
  return {
    url: api.url,
    stop: async () => {
      await api.close();
      await store.stop();
    },
  };
}

function placeFiles(dir: string, files: number, bytes: number): void {
  mkdirSync(dir, { recursive: true });
  const content = randomFillSync(Buffer.alloc(bytes));
  for (let n = 0; n < files; n += 1) {
    // 24 files an hour and replica, as of a cluster whose samples come late: manifests must not be what is measured.
    const start = Date.UTC(2026, 0, 1) + Math.floor(n / 24) * HOUR_MS;
    const date = new Date(start).toISOString().slice(0, 10);
    const key = `samples/v1/account=123456789012/region=us-east-1/cluster=bench/date=${date}/samples_${start}_${start + HOUR_MS}_bench-${n % 24}.parquet`;
    const path = join(dir, 'ready/lake', key);
    mkdirSync(dirname(path), { recursive: true });
    content.writeUInt32LE(n);
    writeFileSync(path, content);
  }
}

async function drainOf(dir: string, url: string, keyFile: string): Promise<Usage> {
  const env = {
    PATH: process.env.PATH,
    NODE_OPTIONS: process.env.BENCH_NODE_ARGS ?? '',
    LAKE_UPLOAD_URL: url,
    LAKE_API_KEY_FILE: keyFile,
    LOG_LEVEL: 'error',
  };
  const startedMs = performance.now();
  const child = startChild(process.execPath, [join(import.meta.dirname, '../services/shipper/main.ts'), 'drain', '--data', dir], { env });
  let usage = { cpuSeconds: 0, peakBytes: 0 };
  for (;;) {
    const now = usageOf(child.pid);
    if (!now) break;
    usage = now;
    await sleep(5);
  }
  if (!child.output().includes('nothing is left')) throw new Error(`drain failed: ${child.output()}`);
  return { ...usage, seconds: (performance.now() - startedMs) / 1000 };
}

/** CPU and peak memory of a process so far, from /proc; undefined when it has ended. */
function usageOf(pid: number): { cpuSeconds: number; peakBytes: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const peakBytes = processMemory(pid, 'VmHWM');
    return peakBytes === undefined ? undefined : { cpuSeconds: (Number(stat[11]) + Number(stat[12])) / 100, peakBytes };
  } catch {
    return undefined;
  }
}

function text(empty: Row, loads: Row[], storeName: Store): string {
  const head = ['files', 'MiB each', 's', 'MB/s', 'CPU s', 'CPU s/GB', 'peak MiB'];
  const lines = loads.map((row) => {
    const total = row.files * row.bytes;
    const [seconds, cpu] = [Math.max(0.001, row.seconds - empty.seconds), Math.max(0, row.cpuSeconds - empty.cpuSeconds)];
    const numbers = [row.files, row.bytes / 2 ** 20, seconds.toFixed(2), (total / seconds / 1e6).toFixed(1), cpu.toFixed(2)];
    return [...numbers, ((cpu / total) * 1e9).toFixed(2), (row.peakBytes / 2 ** 20).toFixed(0)].map(String);
  });
  const start = `an empty drain: ${empty.seconds.toFixed(2)} s, CPU ${empty.cpuSeconds.toFixed(2)} s, peak ${(empty.peakBytes / 2 ** 20).toFixed(0)} MiB; taken off below`;
  return `${start}; store ${storeName}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}\n${table([head, ...lines])}`;
}
