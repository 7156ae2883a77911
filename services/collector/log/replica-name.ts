import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurable } from '@tallyship/shared/storage/durable-file';

/**
 * The name of this replica in file names. Where the settings give none, the host name of the first start is kept beside the log: a
 * container that comes back under another host name must end a seal under the name it was begun with, or samples would be in two files.
 */
export async function replicaName(setting: string, logDir: string, hostName: string): Promise<string> {
  if (setting !== '') return setting;
  const path = join(logDir, 'replica');
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new Error(`read ${path}`, { cause: error });
  }
  await writeDurable(path, (sink) => sink(Buffer.from(hostName)));
  return hostName;
}
