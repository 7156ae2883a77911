import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lakeDirOf } from '../../tests/support/load-collector.ts';
import { type BenchLoad, encodeLoad } from '../ingest/bench-load.ts';
import { startCollector } from '../ingest/receivers.ts';
import { runOnce } from '../ingest/run-once.ts';

export type DiskResult = { encoding: string; compression: string; samples: number; usage: number };

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
      results.push({ encoding, compression, samples: sizeOf('samples'), usage: sizeOf('usage') });
    });
    say(`  ${encoding}, ${compression}`);
  }
  return results;
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

function bytesUnder(dir: string): number {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((path) => statSync(join(dir, path)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
