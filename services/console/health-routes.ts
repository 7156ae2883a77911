import { Hono } from 'hono';
import type { AppParts } from './app-parts.ts';

/** `/livez`: the process answers. `/readyz`: the lake can be read. `/metrics`: telemetry. */
export function healthRoutes({ source, telemetry }: Pick<AppParts, 'source' | 'telemetry'>): Hono {
  return new Hono()
    .get('/livez', (c) => c.text('ok\n'))
    .get('/readyz', async (c) => {
      const fault = await source.checkReady();
      return fault === undefined ? c.text('ok\n') : c.text(`${fault}\n`, 503);
    })
    .get('/metrics', telemetry.expose);
}
