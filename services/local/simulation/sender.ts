import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Body } from './request-maker.ts';

const MIN_BACKOFF_MS = 30;
const MAX_BACKOFF_MS = 5_000;
const HEADERS = {
  'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '2.0.0',
  'user-agent': 'tallyship-simulation',
};

export type SenderCounts = { requests: number; samples: number; bytes: number; retries: number };

/**
 * Sends remote-write requests as Prometheus does: one after the other on a kept connection, the same body again after a
 * 5xx or a lost connection (backoff from 30 ms to 5 s, Retry-After obeyed), and no retry of anything else.
 */
export class Sender {
  readonly counts: SenderCounts = { requests: 0, samples: 0, bytes: 0, retries: 0 };
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #giveUpMs: number;

  /** @param giveUpMs how long one request is tried before it is an error; a real sender never gives up */
  constructor(url: URL, giveUpMs: number) {
    this.#url = url;
    this.#giveUpMs = giveUpMs;
  }

  /** @throws Error when the receiver refuses the request, or has not written exactly its samples */
  async send({ bytes, samples }: Body): Promise<void> {
    const deadlineMs = performance.now() + this.#giveUpMs;
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#post(bytes, attempt).catch((error: Error) => ({
        status: 0,
        text: error.message,
        written: 0,
        retryAfterMs: 0,
      }));
      if (outcome.status >= 200 && outcome.status < 300) {
        if (outcome.written !== samples) throw new Error(`sent ${samples} samples, the receiver wrote ${outcome.written}`);
        break;
      }
      const described = `remote write to ${this.#url.host}: ${outcome.status || 'no answer'} ${outcome.text.slice(0, 300)}`;
      if (outcome.status !== 0 && outcome.status < 500) throw new Error(described);
      const waitMs = Math.max(outcome.retryAfterMs, Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(attempt, 10)));
      if (performance.now() + waitMs > deadlineMs) throw new Error(`${described}; gave up after ${this.#giveUpMs / 1000} s`);
      this.counts.retries++;
      await sleep(waitMs);
    }
    this.counts.requests++;
    this.counts.samples += samples;
    this.counts.bytes += bytes.length;
  }

  close(): void {
    this.#agent.destroy();
  }

  #post(bytes: Uint8Array, attempt: number): Promise<{ status: number; text: string; written: number; retryAfterMs: number }> {
    return new Promise((resolve, reject) => {
      const headers = { ...HEADERS, 'content-length': bytes.length, ...(attempt > 0 ? { 'retry-attempt': String(attempt) } : {}) };
      const outgoing = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        readText(response).then((text) => {
          resolve({
            status: response.statusCode as number,
            text,
            written: Number(response.headers['x-prometheus-remote-write-samples-written'] ?? 0),
            retryAfterMs: retryAfterMs(response.headers['retry-after'], Date.now()),
          });
        }, reject);
      });
      outgoing.on('error', reject);
      outgoing.end(bytes);
    });
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) text += part;
  return text;
}

/** Seconds or an HTTP date, as milliseconds to wait; 0 when absent or not understood. */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  if (/^[0-9]+$/.test(header)) return Number(header) * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? 0 : Math.max(0, dateMs - nowMs);
}
