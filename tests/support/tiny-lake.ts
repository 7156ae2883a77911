import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileName, openLakeWriter } from './lake-writer.ts';
import { partRow, type Sample, type Stream, seriesCells } from './usage-model.ts';

const HOUR = 3_600_000;

/** Which file a sample went to: the collector replica and the generation it was in. */
export type Route = (sample: Sample, index: number, stream: Stream) => { replica: string; generation: number };
const ONE_REPLICA: Route = () => ({ replica: 'r0', generation: 0 });

export async function temporaryDir(): Promise<{ dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'tallyship-lake-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** Writes streams as lake files, usage and samples, as collectors would that got each sample by `route`. */
export async function writeStreams(
  dir: string,
  streams: readonly Stream[],
  { route = ONE_REPLICA, file = {}, withSamples = true }: { route?: Route; file?: Partial<FileName>; withSamples?: boolean } = {},
): Promise<void> {
  const files = new Map<string, { name: FileName; usage: Record<string, unknown>[]; samples: Record<string, unknown>[] }>();
  for (const stream of streams) {
    for (const [key, samples] of shares(stream, route)) {
      const [hourStartMs, replica, generation] = JSON.parse(key) as [number, string, number];
      const found = files.get(key) ?? { name: { table: 'usage', ...file, hourStartMs, replica, generation }, usage: [], samples: [] };
      files.set(key, found);
      const row = partRow(stream, samples);
      if (row) found.usage.push(row);
      const cells = seriesCells(stream);
      for (const { ts, value } of samples) found.samples.push({ ...cells, series: found.usage.length, ts, value });
    }
  }
  const writer = await openLakeWriter(dir);
  try {
    for (const { name, usage, samples } of files.values()) {
      await writer.write({ ...name, table: 'usage' }, usage);
      if (withSamples) await writer.write({ ...name, table: 'samples' }, samples);
    }
  } finally {
    writer.close();
  }
}

function shares(stream: Stream, route: Route): Map<string, Sample[]> {
  const shares = new Map<string, Sample[]>();
  stream.samples.forEach((sample, i) => {
    const { replica, generation } = route(sample, i, stream);
    const key = JSON.stringify([Math.floor(sample.ts / HOUR) * HOUR, replica, generation]);
    shares.set(key, [...(shares.get(key) ?? []), sample]);
  });
  return shares;
}

/** A gauge that holds `value` at every `everyMs` of [fromMs, toMs), ended by a marker at `toMs` when it ends. */
export function gauge(
  labels: Record<string, string>,
  value: number,
  fromMs: number,
  toMs: number,
  { everyMs = 60_000, ends = true }: { everyMs?: number; ends?: boolean } = {},
): Stream {
  const samples: Sample[] = [];
  for (let ts = fromMs; ts < toMs; ts += everyMs) samples.push({ ts, value });
  if (ends) samples.push({ ts: toMs, value: null });
  return { labels, samples };
}

/** A counter that grows by `perSecond` from 0 at `startMs`, seen at every `everyMs` of [fromMs, toMs). */
export function counter(
  labels: Record<string, string>,
  perSecond: number,
  fromMs: number,
  toMs: number,
  { startMs = fromMs, everyMs = 60_000, ends = true }: { startMs?: number; everyMs?: number; ends?: boolean } = {},
): Stream {
  const samples: Sample[] = [];
  for (let ts = fromMs; ts < toMs; ts += everyMs) samples.push({ ts, value: (perSecond * (ts - startMs)) / 1000 });
  if (ends) samples.push({ ts: toMs, value: null });
  return { labels, samples };
}
