import { readFile } from 'node:fs/promises';

/** A file of the page as it is served. */
export type PageFile = { path: string; type: string; body: string };

const FOLDER = new URL('./page/', import.meta.url);
const SCRIPT = 'text/javascript; charset=utf-8';
const FILES = [
  { path: '/', name: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/page.css', name: 'page.css', type: 'text/css; charset=utf-8' },
  { path: '/icon.svg', name: 'icon.svg', type: 'image/svg+xml' },
  ...['page', 'view', 'answer', 'tables', 'chart', 'format'].map((name) => ({ path: `/${name}.js`, name: `${name}.js`, type: SCRIPT })),
];

/** Reads the page once, at start: only these files can ever be served, whatever a request's path says. */
export async function readPageFiles(): Promise<PageFile[]> {
  return await Promise.all(
    FILES.map(async ({ path, name, type }) => ({ path, type, body: await readFile(new URL(name, FOLDER), 'utf8') })),
  );
}
