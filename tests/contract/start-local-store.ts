import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalStore } from '@tallyship/upload-api/local-store';
import type { RunningStore } from './store-suite.ts';

const CREDENTIALS = { accessKeyId: 'LOCALKEY', secretAccessKey: 'a-secret-of-the-local-store' };

/** The local store over a folder of its own. */
export async function startLocal(): Promise<RunningStore> {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-local-store-'));
  const store = await startLocalStore({ dir, host: '127.0.0.1', port: 0, credentials: CREDENTIALS });
  const stop = async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  };
  return { url: store.url, bucket: store.bucket, credentials: CREDENTIALS, stop };
}
