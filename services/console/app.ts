import type { Logger } from '@tallyship/shared/runtime/logger';
import { StoreError } from '@tallyship/shared/storage/object-store';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { AppParts } from './app-parts.ts';
import { costRoutes } from './cost-routes.ts';
import { CacheFullError } from './file-cache.ts';
import { healthRoutes } from './health-routes.ts';
import { pageRoutes } from './page-routes.ts';
import { ParameterError } from './parameters.ts';
import { qualityRoutes } from './quality-routes.ts';
import { QueueFullError } from './query-queue.ts';

/** The console's routes: `/api/costs`, `/api/quality`, the page, health and telemetry. */
export function createApp(parts: AppParts): Hono {
  const app = new Hono();
  app.use(parts.telemetry.measure);
  app.use(securityHeaders);
  if (parts.hostNames) app.use(onlyHosts(parts.hostNames));
  app.route('/', costRoutes(parts));
  app.route('/', qualityRoutes(parts));
  app.route('/', healthRoutes(parts));
  app.route('/', pageRoutes(parts.page));
  app.notFound((c) =>
    ['GET', 'HEAD'].includes(c.req.method)
      ? c.json({ error: 'no such path' }, 404)
      : c.json({ error: 'everything here is read by GET' }, 405, { allow: 'GET, HEAD' }),
  );
  app.onError((error, c) => errorAnswer(error, c, parts.log));
  return app;
}

const securityHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: 'DENY',
  // Who terminates TLS decides about it; on loopback there is none.
  strictTransportSecurity: false,
});

/** A site that points its own name at 127.0.0.1 could read a console on loopback as if it were its own (DNS rebinding). */
function onlyHosts(names: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const name = new URL(c.req.url).hostname;
    if (!names.includes(name))
      return c.json({ error: `this console answers to ${names.join(', ')} only; set CONSOLE_HOST to serve other names` }, 403);
    return await next();
  };
}

function errorAnswer(error: Error, c: Context, log: Pick<Logger, 'error'>): Response {
  c.header('cache-control', 'no-store');
  if (error instanceof ParameterError) return c.json({ error: error.message, parameter: error.parameter }, 400);
  if (error instanceof QueueFullError) return c.json({ error: error.message }, 503, { 'retry-after': String(error.retryAfterSeconds) });
  if (error instanceof CacheFullError) return c.json({ error: `${error.message}, or choose a shorter range` }, 503);
  if (c.req.raw.signal.aborted) return c.json({ error: 'the request was given up' }, 408);
  log.error({ err: error, path: c.req.path }, 'request failed');
  if (error instanceof StoreError) return c.json({ error: 'the object store does not answer; try again' }, 503, { 'retry-after': '10' });
  if (/out of memory/i.test(error.message))
    return c.json(
      { error: 'the query needs more than QUERY_MEMORY_MIB of memory and QUERY_TEMP_MIB of disk; choose a shorter range or raise them' },
      503,
    );
  return c.json({ error: 'internal error; the log of the console says more' }, 500);
}
