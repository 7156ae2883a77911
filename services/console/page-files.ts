import { readFile } from 'node:fs/promises';

/** A file of the page as it is served. */
export type PageFile = { path: string; type: string; body: string };

const FOLDER = new URL('./page/', import.meta.url);
const FILES = [
  { path: '/', name: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/page.css', name: 'page.css', type: 'text/css; charset=utf-8' },
  { path: '/page.js', name: 'page.js', type: 'text/javascript; charset=utf-8' },
  { path: '/answer.js', name: 'answer.js', type: 'text/javascript; charset=utf-8' },
  { path: '/view.js', name: 'view.js', type: 'text/javascript; charset=utf-8' },
  { path: '/chart.js', name: 'chart.js', type: 'text/javascript; charset=utf-8' },
  { path: '/icon.svg', name: 'icon.svg', type: 'image/svg+xml' },
] as const;

/** Reads the page once, at start: only these files can ever be served, whatever a request's path says. */
export async function readPageFiles(): Promise<PageFile[]> {
  return await Promise.all(
    FILES.map(async ({ path, name, type }) => ({ path, type, body: await readFile(new URL(name, FOLDER), 'utf8') })),
  );
}
