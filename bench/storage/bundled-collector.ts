import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleService } from '../../images/bundle.ts';
import { ARCHITECTURES, type Architecture } from '../../images/services.ts';

/** The collector as its image holds it: from its sources Node takes 40 MiB more, for modules that are never called. */
export type BundledCollector = { main: string; remove(): void };

export async function bundleCollector(): Promise<BundledCollector> {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-bundle-'));
  const here = Object.entries(ARCHITECTURES).find(([, node]) => node === process.arch)?.[0] as Architecture;
  const context = await bundleService('collector', [here], dir);
  cpSync(join(context, 'native', here, 'node_modules'), join(context, 'app/node_modules'), { recursive: true });
  return { main: join(context, 'app/main.js'), remove: () => rmSync(dir, { recursive: true }) };
}

/** Flags and settings that the container of a cluster has: 1 GiB of memory, of which 60 % may be heap and an eighth open hours. */
export const CONTAINER_NODE_ARGS = '--max-semi-space-size=2 --max-old-space-size=614';
export const CONTAINER_SETTINGS = { MAX_OPEN_BYTES: String(128 * 1024 * 1024) };
