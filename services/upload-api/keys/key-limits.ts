import { HttpError } from '@tallyship/shared/runtime/http-error';

export type Limits = { requestsPerMinute: number; maxOpenUrls: number };
type Usage = { tokens: number; refilledMs: number; open: { urls: number; untilMs: number }[]; openUrls: number };

/** What each key has used: requests a minute (bursts up to a minute's worth) and upload URLs that have not expired. */
export class KeyLimits {
  readonly #limits: Limits;
  readonly #usage = new Map<string, Usage>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** @throws HttpError 429 saying when the next request may come */
  takeRequest(key: string, nowMs: number): void {
    const { requestsPerMinute } = this.#limits;
    const usage = this.#usageOf(key, nowMs);
    const perMs = requestsPerMinute / 60_000;
    usage.tokens = Math.min(requestsPerMinute, usage.tokens + Math.max(0, nowMs - usage.refilledMs) * perMs);
    usage.refilledMs = nowMs;
    if (usage.tokens < 1) {
      const message = `more than ${requestsPerMinute} requests a minute; slow down or raise REQUESTS_PER_MINUTE`;
      throw new HttpError(429, message, Math.ceil((1 - usage.tokens) / perMs / 1000));
    }
    usage.tokens -= 1;
  }

  /** @throws HttpError 503 saying when the oldest URLs expire */
  takeUrls(key: string, urls: number, lifeS: number, nowMs: number): void {
    const { maxOpenUrls } = this.#limits;
    const usage = this.#usageOf(key, nowMs);
    dropExpired(usage, nowMs);
    if (usage.openUrls + urls > maxOpenUrls) {
      const nextMs = usage.open.reduce((first, { untilMs }) => Math.min(first, untilMs), Number.POSITIVE_INFINITY);
      const message = `${usage.openUrls} upload URLs are open, limit ${maxOpenUrls}; ask for a shorter expiration or raise MAX_OPEN_URLS`;
      throw new HttpError(503, message, Math.max(1, Math.ceil((nextMs - nowMs) / 1000)));
    }
    if (urls > 0) usage.open.push({ urls, untilMs: nowMs + lifeS * 1000 });
    usage.openUrls += urls;
  }

  openUrls(nowMs: number): number {
    return [...this.#usage.values()].reduce((sum, usage) => {
      dropExpired(usage, nowMs);
      return sum + usage.openUrls;
    }, 0);
  }

  /** Names come from the keys file, so there are no more of them than it ever held. */
  #usageOf(key: string, nowMs: number): Usage {
    const known = this.#usage.get(key);
    if (known) return known;
    const fresh = { tokens: this.#limits.requestsPerMinute, refilledMs: nowMs, open: [], openUrls: 0 };
    this.#usage.set(key, fresh);
    return fresh;
  }
}

function dropExpired(usage: Usage, nowMs: number): void {
  usage.open = usage.open.filter(({ untilMs }) => untilMs > nowMs);
  usage.openUrls = usage.open.reduce((sum, { urls }) => sum + urls, 0);
}
