import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurable } from '@tallyship/shared/storage/durable-file';

/**
 * The name of this shipper, chosen once a data volume: what stands in `DIR/.shipperid`, else `given`, else the host's name, else a UUID.
 * Kept so that a volume which moves to another host stays the same shipper for the other side.
 */
export async function shipperIdOf(dir: string, given: string, hostName: string): Promise<string> {
  const path = join(dir, '.shipperid');
  const kept = clean(await readFile(path, 'utf8').catch(() => ''));
  if (kept !== '') return kept;
  const id = clean(given) || clean(hostName) || randomUUID();
  await writeDurable(path, (sink) => sink(Buffer.from(id)));
  return id;
}

/** It stands in headers, queries and folder names. */
function clean(text: string): string {
  return text
    .trim()
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 100);
}
