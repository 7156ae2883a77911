import { Hono } from 'hono';
import type { AppParts } from './app-parts.ts';
import { readQualityRange } from './quality.ts';

/** `GET /api/quality?from=&to=`: what arrives and what is missing. */
export function qualityRoutes({ source, queue, now }: Pick<AppParts, 'source' | 'queue' | 'now'>): Hono {
  return new Hono().get('/api/quality', async (c) => {
    const nowMs = now();
    const range = readQualityRange(new URL(c.req.url).searchParams, nowMs);
    const report = await queue.run(() => source.quality(range, nowMs), c.req.raw.signal);
    c.header('cache-control', 'no-store');
    return c.json(report);
  });
}
