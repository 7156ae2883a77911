import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, freePort, startChild } from '../../tests/support/child.ts';
import { LISTENS, lakeDirOf, startCollectorChild } from '../../tests/support/load-collector.ts';
import { lakeRows } from '../../tests/support/load-lake.ts';
import { engineProgram } from '../../tools/engines/find.ts';

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

export const RECEIVERS = { collector: startCollector, prometheus: startPeer } as const;
export type ReceiverName = keyof typeof RECEIVERS;

/** The collector with its default settings: what was taken is sealed at SIGTERM. */
async function startCollector(dir: string): Promise<Receiver> {
  const port = await freePort();
  mkdirSync(dir, { recursive: true });
  const nodeArgs = process.env.BENCH_NODE_ARGS?.split(' ').filter((arg) => arg !== '') ?? [];
  const child = startCollectorChild(dir, port, {}, nodeArgs);
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
async function startPeer(dir: string): Promise<Receiver> {
  const [configFile, dataDir] = [join(dir, 'prometheus.json'), join(dir, 'tsdb')];
  const url = `http://127.0.0.1:${await freePort()}`;
  mkdirSync(dir, { recursive: true });
  writeFileSync(configFile, '{}');
  const child = startChild(engineProgram('prometheus'), [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${dataDir}`,
    `--web.listen-address=${new URL(url).host}`,
    '--web.enable-remote-write-receiver',
  ]);
  await child.line(/Server is ready to receive web requests/, 60_000);
  return {
    child,
    url: `${url}/api/v1/write`,
    atEnd: async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const metric = (name: RegExp) => Number(new RegExp(`^${name.source} (\\S+)$`, 'm').exec(metrics)?.[1] ?? 0);
      const samples = metric(/prometheus_tsdb_head_samples_appended_total\{type="float"\}/);
      return { samples, series: metric(/prometheus_tsdb_head_series/), bits: undefined };
    },
    afterEnd: async () => undefined,
    storedBytes: () => bytesUnder(dataDir),
  };
}

function bytesUnder(dir: string): number {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((path) => statSync(join(dir, path)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
