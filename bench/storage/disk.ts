import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lakeDirOf } from '../../tests/support/load-collector.ts';
import { bytesUnder } from '../bytes-under.ts';
import { type BenchLoad, encodeLoad } from '../ingest/bench-load.ts';
import { findPeers, startCollector, startPrometheusBlock } from '../ingest/receivers.ts';
import { runOnce } from '../ingest/run-once.ts';

/** Bytes a sample. */
export type DiskResult = { store: string; samples: number; usage: number | string };

const HOUR_MS = 3_600_000;
const FORMS = [
  ['plain', 'zstd'],
  ['byte-stream-split', 'zstd'],
  ['plain', 'snappy'],
  ['byte-stream-split', 'snappy'],
] as const;

export function hourOfLoad(): BenchLoad {
  const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS;
  return encodeLoad(2, startMs, { series: 13_000, scrapes: 240, samplesARequest: 2000, connections: 1 });
}

/** Bytes a sample of the hour's `samples` and `usage` file, labels and all. Every file is read back and compared with what was sent. */
export async function benchDisk(say: (line: string) => void): Promise<DiskResult[]> {
  const load = hourOfLoad();
  const results: DiskResult[] = [];
  for (const [encoding, compression] of FORMS) {
    await withLake(load, { PARQUET_VALUE_ENCODING: encoding, PARQUET_COMPRESSION: compression }, async (lakeDir) => {
      const sizeOf = (table: string) => bytesUnder(join(lakeDir, table)) / load.samples;
      results.push({ store: `${encoding}, ${compression}`, samples: sizeOf('samples'), usage: sizeOf('usage') });
    });
    say(`  ${encoding}, ${compression}`);
  }
  const block = await prometheusBlock(load);
  if (block === undefined) say('  without a block of Prometheus: npm run tools prometheus');
  else results.push({ store: 'block of Prometheus', samples: block, usage: '' });
  return results;
}

/** What Prometheus makes of the same load, chunks and index; undefined where it is not found. */
async function prometheusBlock(load: BenchLoad): Promise<number | undefined> {
  if (!findPeers().peers.some(({ name }) => name === 'prometheus')) return undefined;
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-bench-'));
  try {
    return (await runOnce({ name: 'prometheus', start: startPrometheusBlock, versions: [2] }, dir, 2, load)).storedBytesPerSample;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Sends a load to a collector of its own and hands over the lake that it has sealed. */
export async function withLake(load: BenchLoad, settings: Record<string, string>, use: (lakeDir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-bench-'));
  const start = (into: string) => startCollector(into, undefined, settings);
  try {
    await runOnce({ name: 'collector', start, versions: [2] }, dir, 2, load);
    await use(lakeDirOf(dir));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
