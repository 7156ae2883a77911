import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lakeDirOf } from '../../tests/support/load-collector.ts';
import { AGENT_MIX, type LoadMix, REFERENCE_MIX } from '../../tests/support/load-mixes.ts';
import { bytesUnder } from '../bytes-under.ts';
import { type BenchLoad, encodeLoad } from '../ingest/bench-load.ts';
import { findPeers, startCollector, startPrometheusBlock } from '../ingest/receivers.ts';
import { runOnce } from '../ingest/run-once.ts';
import { type ColumnBytes, columnBytes } from './column-bytes.ts';

/** Bytes a sample: of the file of samples, of what its columns hold, and of the file of usage. */
export type DiskResult = { load: string; store: string; samples: number } & Record<keyof ColumnBytes | 'usage', number | string>;

const HOUR_MS = 3_600_000;
const FORMS = [
  ['plain', 'zstd'],
  ['byte-stream-split', 'zstd'],
  ['plain', 'snappy'],
  ['byte-stream-split', 'snappy'],
] as const;
const LOADS = { reference: REFERENCE_MIX, 'agent families': AGENT_MIX };

export function hourOfLoad(mix: LoadMix = REFERENCE_MIX): BenchLoad {
  const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS;
  return encodeLoad(2, startMs, { series: 13_000, scrapes: 240, samplesARequest: 2000, connections: 1, mix });
}

/** Bytes a sample of the hour's `samples` and `usage` file, labels and all. Every file is read back and compared with what was sent. */
export async function benchDisk(say: (line: string) => void): Promise<DiskResult[]> {
  const results: DiskResult[] = [];
  for (const [name, mix] of Object.entries(LOADS)) {
    const load = hourOfLoad(mix);
    for (const [encoding, compression] of FORMS) {
      const store = `${encoding}, ${compression}`;
      await withLake(load, { PARQUET_VALUE_ENCODING: encoding, PARQUET_COMPRESSION: compression }, async (lakeDir) => {
        const sizeOf = (table: string) => bytesUnder(join(lakeDir, table)) / load.samples;
        const columns = Object.entries(columnBytes(join(lakeDir, 'samples'))).map(([kind, bytes]) => [kind, bytes / load.samples]);
        results.push({
          load: name,
          store,
          samples: sizeOf('samples'),
          ...(Object.fromEntries(columns) as ColumnBytes),
          usage: sizeOf('usage'),
        });
      });
      say(`  ${name}: ${store}`);
    }
    const block = await prometheusBlock(load);
    if (block === undefined) say('  without a block of Prometheus: npm run tools prometheus');
    else results.push({ load: name, store: 'block of Prometheus', samples: block, labels: '', ids: '', times: '', values: '', usage: '' });
  }
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
