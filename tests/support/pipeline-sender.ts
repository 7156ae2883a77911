import { sleep } from './child.ts';
import { CONTENT_TYPES } from './load-requests.ts';

export type Request = { bytes: Uint8Array; samples: number };
/** Requests that keep their order; `late` ones come after the hours of the early ones were sealed. */
export type Shard = { early: Request[]; late: Request[]; rest: Request[] };
/** `moved` counts the tries that went to another receiver than the one before: the first may have taken the request all the same. */
export type Sent = { requests: number; samples: number; retries: number; moved: number };
export type SendOptions = {
  /** Receivers of today; asked again for every try. */
  urls: () => string[];
  random: () => number;
  /** Share of the acknowledgements that get lost on the way, so that a request comes again that was taken. */
  lossShare?: number;
  /** Called after each request with the share of all that are sent. */
  onProgress?: (share: number) => void;
  beforeLate?: () => Promise<void>;
};

/** Sends all shards side by side, each in its order. */
export async function sendShards(shards: readonly Shard[], options: SendOptions): Promise<Sent> {
  const sent: Sent = { requests: 0, samples: 0, retries: 0, moved: 0 };
  const all = shards.reduce((sum, { early, late, rest }) => sum + early.length + late.length + rest.length, 0);
  const sendPart = (part: keyof Shard) =>
    Promise.all(
      shards.map(async (shard) => {
        for (const request of shard[part]) {
          await sendAnywhere(request, options, sent);
          options.onProgress?.(sent.requests / all);
        }
      }),
    );
  await sendPart('early');
  await options.beforeLate?.();
  await sendPart('late');
  await sendPart('rest');
  return sent;
}

/**
 * Sends a request as a Prometheus behind a load balancer does: to any of the receivers, and again, perhaps to another one, until it is
 * acknowledged.
 * @throws Error when a receiver refuses it, or says that it wrote another number of samples
 */
async function sendAnywhere({ bytes, samples }: Request, { urls, random, lossShare = 0 }: SendOptions, sent: Sent): Promise<void> {
  let last: string | undefined;
  for (let attempt = 0; ; attempt++) {
    const all = urls();
    const url = all[Math.floor(random() * all.length)] as string;
    if (last !== undefined && url !== last) sent.moved++;
    last = url;
    const answer = await post(url, bytes);
    const isLost = random() < lossShare;
    if (answer.status === 204 && !isLost) {
      if (answer.written !== samples) throw new Error(`sent ${samples} samples, the receiver wrote ${answer.written}`);
      sent.requests++;
      sent.samples += samples;
      return;
    }
    if (answer.status > 204 && answer.status < 500) throw new Error(`remote write was answered ${answer.status}: ${answer.text}`);
    if (attempt > 600) throw new Error(`remote write: no receiver takes the request: ${answer.status} ${answer.text}`);
    sent.retries++;
    await sleep(50 + 100 * random());
  }
}

async function post(url: string, bytes: Uint8Array): Promise<{ status: number; written: number; text: string }> {
  const headers = {
    'content-type': CONTENT_TYPES[2],
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '2.0.0',
  };
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body: bytes as Uint8Array<ArrayBuffer>,
      signal: AbortSignal.timeout(30_000),
    });
    const written = Number(answer.headers.get('x-prometheus-remote-write-samples-written'));
    return { status: answer.status, written, text: await answer.text() };
  } catch (error) {
    return { status: 0, written: 0, text: (error as Error).message };
  }
}
