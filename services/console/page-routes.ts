import { Hono } from 'hono';
import { etag } from 'hono/etag';
import type { PageFile } from './page-files.ts';

/** Serves the page. Browsers ask again each time and mostly get a 304, so that a new release shows at once. */
export function pageRoutes(files: readonly PageFile[]): Hono {
  const routes = new Hono();
  for (const { path, type, body } of files) {
    routes.get(path, etag(), (c) => c.body(body, 200, { 'content-type': type, 'cache-control': 'no-cache' }));
  }
  return routes;
}
