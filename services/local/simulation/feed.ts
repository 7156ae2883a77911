import type { EventList } from './events.ts';
import { RequestMaker } from './request-maker.ts';
import type { Series } from './scraped-series.ts';
import { Sender, type SenderCounts } from './sender.ts';
import { makeSeries } from './series.ts';

const HOUR_MS = 3_600_000;
const CHUNK_MS = 600_000;
const SHARDS = 8;
const CONNECTIONS = 4;
/** The shard whose samples of 20 minutes are held back in the hour at 40 % of the way, and sent at 75 %: after that hour's end. */
const LATE_SHARD = 3;
const HELD_MS = [20 * 60_000, 40 * 60_000] as const;
const HELD_AT = 0.4;
const LATE_AT = 0.75;
const GIVE_UP_MS = 60_000;

export type FeedHooks = {
  onProgress(share: number, samples: number): void;
  /** Called when the hour of the held samples should be sealed; they are sent after it resolves. */
  beforeLate(): Promise<void>;
};
export type FeedCounts = SenderCounts & { lateSamples: number };

/**
 * Sends everything that an event list gives, over a few connections that each keep their part of the series in order.
 * @param url the remote-write address, with the cluster's identity in its query
 */
export async function feed(events: EventList, url: URL, hooks: FeedHooks): Promise<FeedCounts> {
  const makers = makeShards(events).map((series) => new RequestMaker(events, series, CHUNK_MS));
  const senders = Array.from({ length: CONNECTIONS }, () => new Sender(url, GIVE_UP_MS));
  const chunks = makeChunks(events);
  const held = heldChunks(events, chunks);
  const lateAt = Math.ceil(chunks.length * LATE_AT);
  let requestsDone = 0;

  await sendChunks(chunks.slice(0, lateAt));
  await hooks.beforeLate();
  const beforeLate = total(senders).samples;
  for (const chunk of held) await sendOne(LATE_SHARD, chunk);
  const lateSamples = total(senders).samples - beforeLate;
  await sendChunks(chunks.slice(lateAt));
  for (const sender of senders) sender.close();
  return { ...total(senders), lateSamples };

  async function sendChunks(part: Chunk[]): Promise<void> {
    await Promise.all(
      senders.map(async (_, connection) => {
        for (const chunk of part) {
          for (let shard = connection; shard < SHARDS; shard += CONNECTIONS) {
            if (shard !== LATE_SHARD || !held.includes(chunk)) await sendOne(shard, chunk);
          }
        }
      }),
    );
  }

  async function sendOne(shard: number, [fromMs, toMs]: Chunk): Promise<void> {
    await (senders[shard % CONNECTIONS] as Sender).send((makers[shard] as RequestMaker).make(fromMs, toMs));
    hooks.onProgress(++requestsDone / (chunks.length * SHARDS), total(senders).samples);
  }
}

type Chunk = [fromMs: number, toMs: number];

function makeChunks({ feedFromMs, feedToMs }: EventList): Chunk[] {
  const chunks: Chunk[] = [];
  for (let fromMs = feedFromMs; fromMs < feedToMs; ) {
    const toMs = Math.min(feedToMs, (Math.floor(fromMs / CHUNK_MS) + 1) * CHUNK_MS);
    chunks.push([fromMs, toMs]);
    fromMs = toMs;
  }
  return chunks;
}

function heldChunks({ fromMs, toMs }: EventList, chunks: Chunk[]): Chunk[] {
  const hourMs = Math.floor((fromMs + (toMs - fromMs) * HELD_AT) / HOUR_MS) * HOUR_MS;
  return chunks.filter(([chunkMs]) => chunkMs >= hourMs + HELD_MS[0] && chunkMs < hourMs + HELD_MS[1]);
}

function makeShards(events: EventList): Series[][] {
  const shards: Series[][] = Array.from({ length: SHARDS }, () => []);
  for (const series of makeSeries(events)) shards[series.entity % SHARDS]?.push(series);
  return shards;
}

function total(senders: Sender[]): SenderCounts {
  const sum = { requests: 0, samples: 0, bytes: 0, retries: 0 };
  for (const { counts } of senders) for (const key of Object.keys(sum) as (keyof SenderCounts)[]) sum[key] += counts[key];
  return sum;
}
