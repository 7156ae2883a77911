import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, freePort, startChild } from '../../tests/support/child.ts';
import { LISTENS, lakeDirOf, startCollectorChild } from '../../tests/support/load-collector.ts';
import { lakeRows } from '../../tests/support/load-lake.ts';
import { engineProgram } from '../../tools/engines/find.ts';
import { bytesUnder } from '../bytes-under.ts';

/** Fingerprint of a load and of what a receiver stored: rows, series, and all value bits XORed into one word. */
export type Stored = { samples: number; series: number; bits: bigint | undefined };

export type Receiver = {
  child: Child;
  url: string;
  /** Called once everything is acknowledged, before the end. */
  atEnd(): Promise<Stored | undefined>;
  /** Called after the end. */
  afterEnd(): Promise<Stored | undefined>;
  /** Bytes on disk that hold the samples. */
  storedBytes(): number;
};

/** Starts a receiver that keeps its files in a folder. */
export type StartReceiver = (dir: string) => Promise<Receiver>;

/** Who takes part in a run, and which versions of remote write it knows. */
export type Contestant = { name: string; start: StartReceiver; versions: readonly (1 | 2)[] };

/** The peers that are found on this machine, and why another is not among them. */
export function findPeers(): { peers: Contestant[]; missing: string[] } {
  const all: (Contestant & { find: () => void })[] = [
    { name: 'prometheus', start: startPrometheus, versions: [1, 2], find: () => engineProgram('prometheus') },
    { name: 'victoriametrics', start: startVictoriaMetrics, versions: [1], find: () => execFileSync('which', [VICTORIA_METRICS]) },
  ];
  const missing: string[] = [];
  const peers = all.filter(({ name, find }) => {
    try {
      find();
      return true;
    } catch (error) {
      missing.push(`without ${name}: ${(error as Error).message}`);
      return false;
    }
  });
  return { peers: peers.map(({ name, start, versions }) => ({ name, start, versions })), missing };
}

/** As Debian's package calls it. */
const VICTORIA_METRICS = 'victoria-metrics';

/** As the container of the collector is given it. docs/performance.md says what it does and does not. */
const NODE_ARGS = '--max-semi-space-size=2';
const CONTAINER_ENV = { MALLOC_ARENA_MAX: '2' };

/** The collector with its default settings: what was taken is sealed at SIGTERM. */
export async function startCollector(dir: string, main?: string, settings: Record<string, string> = {}): Promise<Receiver> {
  const port = await freePort();
  mkdirSync(dir, { recursive: true });
  const nodeArgs = (process.env.BENCH_NODE_ARGS ?? NODE_ARGS).split(' ').filter((arg) => arg !== '');
  const child = startCollectorChild(dir, port, { ...CONTAINER_ENV, ...settings }, nodeArgs, main);
  await child.line(LISTENS, 60_000);
  const sql = `SELECT count(*), count(DISTINCT series_id), bit_xor(value::BIT::UBIGINT) FROM read_parquet($samples)`;
  return {
    child,
    url: `http://127.0.0.1:${port}/api/v1/write`,
    atEnd: async () => undefined,
    afterEnd: async () => {
      for await (const [samples, series, bits] of lakeRows(lakeDirOf(dir), sql)) {
        return { samples: Number(samples), series: Number(series), bits: bits as bigint };
      }
      return undefined;
    },
    storedBytes: () => bytesUnder(lakeDirOf(dir)),
  };
}

/** A Prometheus that is nothing but a receiver: no scrapes, no rules, no queries but its own metrics. */
async function startPrometheus(dir: string): Promise<Receiver> {
  const [configFile, dataDir] = [join(dir, 'prometheus.json'), join(dir, 'tsdb')];
  const url = `http://127.0.0.1:${await freePort()}`;
  mkdirSync(dir, { recursive: true });
  writeFileSync(configFile, '{}');
  const child = startChild(engineProgram('prometheus'), [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${dataDir}`,
    `--web.listen-address=${new URL(url).host}`,
    '--web.enable-remote-write-receiver',
    '--web.enable-admin-api',
  ]);
  await child.line(/Server is ready to receive web requests/, 60_000);
  return {
    child,
    url: `${url}/api/v1/write`,
    atEnd: async () => {
      const metric = await metricsOf(url);
      const samples = metric('prometheus_tsdb_head_samples_appended_total{type="float"}');
      return { samples, series: metric('prometheus_tsdb_head_series'), bits: undefined };
    },
    afterEnd: async () => undefined,
    storedBytes: () => bytesUnder(dataDir),
  };
}

/** The block that Prometheus makes of what it was sent: chunks and index, as they lie on disk for the time of its retention. */
export async function startPrometheusBlock(dir: string): Promise<Receiver> {
  const receiver = await startPrometheus(dir);
  let blockDir = '';
  return {
    ...receiver,
    atEnd: async () => {
      const answer = await fetch(new URL('/api/v1/admin/tsdb/snapshot', receiver.url), { method: 'POST' });
      const { data } = (await answer.json()) as { data: { name: string } };
      blockDir = join(dir, 'tsdb/snapshots', data.name);
      return receiver.atEnd();
    },
    storedBytes: () => bytesUnder(blockDir),
  };
}

/** VictoriaMetrics as it comes. It syncs in the background and takes remote write 1.0 alone. */
async function startVictoriaMetrics(dir: string): Promise<Receiver> {
  const dataDir = join(dir, 'data');
  const url = `http://127.0.0.1:${await freePort()}`;
  mkdirSync(dir, { recursive: true });
  const child = startChild(VICTORIA_METRICS, [
    `-storageDataPath=${dataDir}`,
    `-httpListenAddr=${new URL(url).host}`,
    '-maxLabelsPerTimeseries=64',
  ]);
  await child.line(/started VictoriaMetrics/, 60_000);
  return {
    child,
    url: `${url}/api/v1/write`,
    atEnd: async () => {
      const metric = await metricsOf(url);
      return {
        samples: metric('vm_rows_inserted_total{type="promremotewrite"}'),
        series: metric('vm_new_timeseries_created_total'),
        bits: undefined,
      };
    },
    afterEnd: async () => undefined,
    storedBytes: () => bytesUnder(dataDir),
  };
}

/** @returns the value of a metric by its name and labels as they are written, 0 for one that is not there */
async function metricsOf(url: string): Promise<(name: string) => number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  return (name) => Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? 0);
}
