import { join } from 'node:path';
import { type Child, startChild } from './child.ts';

export type LocalPlatform = Child & { collectorUrl: string; consoleUrl: string };

const MAIN = join(import.meta.dirname, '../../services/local/main.ts');

/**
 * `npm start` as a process of its own, so that a test can kill it. It is the `node` that is killed, not an npm around it.
 * @returns when it has said `ready`
 */
export async function startLocalPlatform(options: {
  dataDir: string;
  collectorPort: number;
  sealInterval?: string;
}): Promise<LocalPlatform> {
  const { dataDir, collectorPort, sealInterval = '1h' } = options;
  const flags = [
    '--data',
    dataDir,
    '--collector-port',
    String(collectorPort),
    '--console-port',
    '0',
    '--upload-port',
    '0',
    '--seal-interval',
    sealInterval,
  ];
  const child = startChild(process.execPath, [MAIN, ...flags]);
  await child.line(/^ready$/m, 60_000);
  const [, collectorUrl] = await child.line(/^collector (http:\S+)$/m, 0);
  const [, consoleUrl] = await child.line(/^console (http:\S+)$/m, 0);
  return { ...child, collectorUrl, consoleUrl };
}
