import { Agent, request } from 'node:http';
import { CONTENT_TYPES } from './load-requests.ts';

/** `givenUp`: the sender stopped repeating; whether the receiver has the request is unknown. */
export type SendOutcome = { kind: 'answered'; status: number; text: string; ms: number; attempts: number } | { kind: 'givenUp' };

export type SenderOptions = {
  url: string;
  version: 1 | 2;
  /** First pause before a repeat; doubled up to ten times of it. */
  backoffMs: number;
  /** Asked after each failed attempt: false ends the repeats. */
  goesOn: () => boolean;
  /** Told of every answer, also of those that are followed by a repeat. */
  onAnswer?: (status: number, retryAfter: string | undefined) => void;
};

/**
 * One shard of a Prometheus: a connection of its own, the next request only after the last one was answered, the same body again after a
 * connection error or a 5xx, and never again after any other answer.
 */
export class LoadSender {
  readonly #options: SenderOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** Attempts that failed and were repeated. */
  retries = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  async send(body: Buffer): Promise<SendOutcome> {
    const { backoffMs, goesOn } = this.#options;
    for (let attempts = 1; ; attempts++) {
      const startedMs = performance.now();
      const answer = await this.#post(body, attempts).catch(() => undefined);
      if (answer && answer.status < 500) return { kind: 'answered', ...answer, ms: performance.now() - startedMs, attempts };
      if (!goesOn()) return { kind: 'givenUp' };
      this.retries++;
      await new Promise((resolve) => setTimeout(resolve, backoffMs * Math.min(10, 2 ** (attempts - 1))));
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #post(body: Buffer, attempt: number): Promise<{ status: number; text: string }> {
    const { url, version, onAnswer } = this.#options;
    return new Promise((resolve, reject) => {
      const sent = request(
        url,
        {
          method: 'POST',
          agent: this.#agent,
          headers: {
            'content-type': CONTENT_TYPES[version],
            'content-encoding': 'snappy',
            'content-length': body.length,
            'x-prometheus-remote-write-version': version === 1 ? '0.1.0' : '2.0.0',
            ...(attempt > 1 && { 'retry-attempt': String(attempt - 1) }),
          },
        },
        (answer) => {
          let text = '';
          onAnswer?.(answer.statusCode as number, answer.headers['retry-after']);
          answer.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          answer.once('error', reject).once('end', () => resolve({ status: answer.statusCode as number, text }));
        },
      );
      sent.once('error', reject).end(body);
    });
  }
}
