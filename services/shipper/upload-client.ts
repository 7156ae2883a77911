import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import { type AbandonRequest, UPLOAD_HEADERS, type UploadFile, type UploadRequest } from '@tallyship/shared/contracts/upload-wire';
import type { ApiKey } from './api-key.ts';
import { retryAfterMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { HttpSender, Incoming } from './http-send.ts';
import packageJson from './package.json' with { type: 'json' };
import { ShipFault } from './ship-fault.ts';
import { readReplays, readUrlsById, readUrlsByIndex, type UploadUrls } from './upload-answer.ts';

export type UploadProtocol = 'current' | '2024';
export type UploadClientOptions = {
  /** Base of the API, such as `https://api.cloudzero.com/v1/container-metrics`. */
  base: URL;
  protocol: UploadProtocol;
  shipperId: string;
  timeoutMs: number;
};
export type UploadOffer = UploadUrls & { replays: ReturnType<typeof readReplays>['orders'] };

/** What a URL is asked to hold for; the API may give less. */
export const ASKED_LIFE_MS = 3_600_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Speaks the upload API's wire, both generations. One call, one answer: waiting and trying again are the loop's. */
export class UploadClient {
  readonly #options: UploadClientOptions;
  readonly #key: ApiKey;
  readonly #sender: HttpSender;
  readonly #clock: Clock;

  constructor(options: UploadClientOptions, key: ApiKey, sender: HttpSender, clock: Clock) {
    this.#options = options;
    this.#key = key;
    this.#sender = sender;
    this.#clock = clock;
  }

  /** @throws ShipFault of every kind that an API can cause */
  async askForUrls(identity: ClusterIdentity, files: readonly UploadFile[], signal: AbortSignal): Promise<UploadOffer> {
    const { protocol, shipperId } = this.#options;
    const ids = files.map((file) => file.reference_id);
    const query = new URLSearchParams({ count: String(files.length), expiration: String(ASKED_LIFE_MS / 1000) });
    // In 2024 the agents named the cluster twice, and servers of that time may rely on it.
    for (const [name, value] of queryOf(identity)) for (let i = protocol === '2024' ? 2 : 1; i > 0; i--) query.append(name, value);
    if (protocol === 'current') query.append('shipper_id', shipperId);
    const body = protocol === 'current' ? JSON.stringify({ shipperId, files: [...files] } satisfies UploadRequest) : '';
    const { text, headers } = await this.#call('upload', query, body, signal);
    const found = protocol === 'current' ? readUrlsById(text, ids) : readUrlsByIndex(text, ids);
    const { orders, oddities } = readReplays(protocol === 'current' ? headerOf(headers[UPLOAD_HEADERS.replay]) : undefined);
    return { urls: found.urls, oddities: [...found.oddities, ...oddities], replays: orders };
  }

  /** Tells the API that files it wants again are not here. @throws ShipFault */
  async abandon(identity: ClusterIdentity, referenceIds: readonly string[], signal: AbortSignal): Promise<void> {
    const query = new URLSearchParams([
      ['count', String(referenceIds.length)],
      ...queryOf(identity),
      ['shipper_id', this.#options.shipperId],
    ]);
    const lost = referenceIds.map((reference_id) => ({
      reference_id,
      reason: 'failed to find this file locally',
    })) satisfies AbandonRequest;
    await this.#call('abandon', query, JSON.stringify(lost), signal);
  }

  /** A key that is refused is read again and tried once more: it may have been rotated in between. */
  async #call(path: string, query: URLSearchParams, body: string, signal: AbortSignal): Promise<Incoming> {
    const first = await this.#post(path, query, body, signal);
    const answer = isRefusedKey(first.status) ? await this.#post(path, query, body, signal) : first;
    const fault = this.#faultOf(path, answer);
    if (fault) throw fault;
    return answer;
  }

  async #post(path: string, query: URLSearchParams, body: string, signal: AbortSignal): Promise<Incoming> {
    const { base, protocol, shipperId, timeoutMs } = this.#options;
    const url = new URL(`${base.pathname.replace(/\/+$/, '')}/${path}?${query}`, base);
    const own = { 'X-CloudZero-Shipper-ID': shipperId, 'X-CloudZero-Version': packageJson.version };
    const headers = { 'Content-Type': 'application/json', Authorization: await this.#key.read(), ...(protocol === 'current' && own) };
    const limits = { idleTimeoutMs: timeoutMs, deadlineMs: 4 * timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES };
    return this.#sender.send({ method: 'POST', url, headers, body }, limits, signal);
  }

  #faultOf(path: string, { status, headers, text }: Incoming): ShipFault | undefined {
    if (status >= 200 && status < 300) return undefined;
    const where = `${path} call to ${this.#options.base.host}`;
    if (isRefusedKey(status)) return new ShipFault('unauthorized', `${where}: ${status}, the key is refused: ${this.#messageOf(text)}`);
    const wait = { retryAfterMs: retryAfterMs(headers['retry-after'], this.#clock.now()) };
    if (status === 429) return new ShipFault('throttled', `${where}: 429 ${this.#messageOf(text)}`, wait);
    if (status >= 500 && status !== 501) return new ShipFault('unavailable', `${where}: ${status} ${this.#messageOf(text)}`, wait);
    return new ShipFault('refused', `${where}: ${status} ${this.#messageOf(text)}`, { status });
  }

  /** The start of an error text, on one line and without our key, should it be echoed. */
  #messageOf(text: string): string {
    return this.#key
      .redact(text.slice(0, 4096))
      .replaceAll(/[^\x20-\x7e]+/g, ' ')
      .slice(0, 200);
  }
}

const isRefusedKey = (status: number) => status === 401 || status === 403;
const headerOf = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

function queryOf({ account, cluster, region }: ClusterIdentity): [string, string][] {
  return [
    ['cloud_account_id', account],
    ['cluster_name', cluster],
    ['region', region],
  ];
}
