import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineProgram } from '../../tools/engines/find.ts';
import { freePort, sleep, startChild } from './child.ts';
import type { StoreAddress } from './presign.ts';

/** A real S3 gateway over a folder on loopback, with a bucket `lake`. */
export async function startVersitygw(): Promise<StoreAddress & { stop(): Promise<void> }> {
  const credentials = { accessKeyId: 'GATEWAYKEY', secretAccessKey: 'a-secret-of-the-gateway' };
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-versitygw-'));
  mkdirSync(join(dir, 'lake'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { accessKeyId, secretAccessKey } = credentials;
  const child = startChild(engineProgram('versitygw'), [
    ...['--port', `127.0.0.1:${port}`, '--access', accessKeyId, '--secret', secretAccessKey, '--quiet'],
    ...['posix', dir],
  ]);
  await untilAnswers(url);
  const stop = async () => {
    await child.end('SIGTERM');
    rmSync(dir, { recursive: true, force: true });
  };
  return { url, bucket: 'lake', credentials, stop };
}

/** @throws Error when nothing listens after 30 s */
export async function untilAnswers(url: string): Promise<void> {
  for (const deadlineMs = Date.now() + 30_000; ; await sleep(100)) {
    if (
      await fetch(url).then(
        (answer) => answer.arrayBuffer().then(() => true),
        () => false,
      )
    )
      return;
    if (Date.now() > deadlineMs) throw new Error(`nothing answers at ${url}`);
  }
}
