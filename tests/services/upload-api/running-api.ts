import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { type LocalStore, startLocalStore } from '@tallyship/upload-api/local-store';
import { UPLOAD_API_SETTINGS } from '@tallyship/upload-api/settings';
import { startUploadApi } from '@tallyship/upload-api/upload-api';

export const API_KEY = 'key-of-the-shop-cluster-0001';
export const OTHER_KEY = 'key-of-another-account-0002';
export const STORE_CREDENTIALS = { accessKeyId: 'LOCALKEY', secretAccessKey: 'a-secret-of-the-local-store' };
export const SHOP = { account: '123456789012', region: 'us-east-1', cluster: 'shop' };
export const UPLOAD_PATH =
  '/v1/container-metrics/upload?count=1&expiration=3600&cloud_account_id=123456789012&cluster_name=shop&region=us-east-1&shipper_id=shipper-1';

export type RunningApi = {
  url: string;
  store: LocalStore;
  dir: string;
  keysFile: string;
  /** What it has logged so far. */
  logged(): string;
  /** Objects of the lake by key, without those under `control/`. */
  objects(): Map<string, Buffer>;
  call(path: string, options?: { method?: string; key?: string; body?: unknown; headers?: Record<string, string> }): Promise<Response>;
  stop(): Promise<void>;
};

/** An upload API over a local store, both in this process. */
export async function startApi(settings: Record<string, string> = {}, now: () => number = Date.now): Promise<RunningApi> {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-upload-api-'));
  const lake = join(dir, 'lake');
  const keysFile = join(dir, 'keys.json');
  const credentialsFile = join(dir, 'credentials.json');
  writeKeys(keysFile, [
    { name: 'shop', key: API_KEY, accounts: [SHOP.account], regions: ['us-*'], clusters: ['shop', 'shop-*'] },
    { name: 'other', key: OTHER_KEY, accounts: ['000000000000'], regions: ['*'], clusters: ['*'] },
  ]);
  writeFileSync(credentialsFile, JSON.stringify(STORE_CREDENTIALS));
  const lines: string[] = [];
  const log = createLogger('upload-api', { level: 'trace', to: { write: (line: string) => void lines.push(line) } });
  const store = await startLocalStore({ dir: lake, host: '127.0.0.1', port: 0, credentials: STORE_CREDENTIALS, log });
  const env = {
    UPLOAD_API_PORT: '0',
    KEYS_FILE: keysFile,
    STORE_BUCKET: store.bucket,
    STORE_ENDPOINT: store.url,
    STORE_CREDENTIALS_FILE: credentialsFile,
    ...settings,
  };
  const api = await startUploadApi(readSettings(UPLOAD_API_SETTINGS, env), log, now);
  return {
    url: api.url,
    store,
    dir,
    keysFile,
    logged: () => lines.join(''),
    objects: () => filesOf(lake),
    call: (path, { method = 'POST', key = API_KEY, body, headers = {} } = {}) =>
      fetch(`${api.url}${path}`, {
        method,
        headers: { ...(key && { authorization: key }), ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    stop: async () => {
      await api.close();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function writeKeys(path: string, keys: unknown): void {
  writeFileSync(path, JSON.stringify(keys));
}

function filesOf(dir: string): Map<string, Buffer> {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => !/^(control|\.incoming)/.test(name));
  const files = names.filter((name) => statSync(join(dir, name)).isFile());
  return new Map(files.map((name) => [name, readFileSync(join(dir, name))]));
}
