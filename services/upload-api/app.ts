import { HttpError } from '@tallyship/shared/runtime/http-error';
import type { HttpBindings } from '@tallyship/shared/runtime/http-server';
import { StoreError } from '@tallyship/shared/storage/object-store';
import { type Context, Hono } from 'hono';
import type { AppParts } from './app-parts.ts';
import { ownerRoutes } from './owner-routes.ts';
import { shipperRoutes } from './shipper-routes.ts';

/** The upload API's routes: docs/protocols.md. */
export function createApp(parts: AppParts): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(parts.telemetry.measure);
  // Answers hold upload URLs or say who may do what: nobody on the way keeps them.
  app.use(async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
  });
  app.get('/livez', (c) => c.text('ok'));
  app.get('/readyz', (c) => ready(c, parts));
  app.get('/metrics', parts.telemetry.expose);
  app.route('/', shipperRoutes(parts));
  app.route('/', ownerRoutes(parts));
  app.notFound((c) => c.json({ message: 'no such path' }, 404));
  app.onError((error, c) => refuse(error, c, parts));
  return app;
}

async function ready(c: Context, { keyFile, store, counters }: AppParts): Promise<Response> {
  const faults = keyFile.fault === undefined ? [] : [keyFile.fault];
  try {
    for await (const _ of store.list('control/v1/', { pageSize: 1 })) break;
  } catch (error) {
    counters.storeFailed();
    faults.push(`object store: ${(error as Error).message}`);
  }
  return faults.length === 0 ? c.text('ok') : c.text(faults.join('\n'), 503);
}

/** `message` is the member that CloudZero's agents look for. */
function refuse(error: Error, c: Context, { counters, log }: AppParts): Response {
  if (error instanceof HttpError) {
    counters.refused(error.status);
    log.debug({ status: error.status, path: c.req.path, reason: error.message }, 'request refused');
    if (error.status === 401) c.header('www-authenticate', 'Bearer');
    if (error.retryAfterS !== undefined) c.header('retry-after', String(error.retryAfterS));
    return c.json({ message: error.message }, error.status);
  }
  log.error({ err: error, path: c.req.path }, 'request failed');
  if (!(error instanceof StoreError)) return c.json({ message: 'internal error' }, 500);
  counters.storeFailed();
  return c.json({ message: 'the object store does not answer; try again' }, 503, { 'retry-after': '10' });
}
