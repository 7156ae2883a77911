import { join } from 'node:path';
import { COLLECTOR_SETTINGS } from '@tallyship/collector/settings';
import { CONSOLE_SETTINGS } from '@tallyship/console/settings';
import type { LogLevel } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { SHIPPER_SETTINGS } from '@tallyship/shipper/settings';
import { UPLOAD_API_SETTINGS } from '@tallyship/upload-api/settings';
import type { LocalSecrets } from './local-secrets.ts';

export type LocalOptions = {
  dataDir: string;
  /** 0 takes any free port; so do the others. */
  collectorPort: number;
  consolePort: number;
  uploadPort?: number;
  sealIntervalMs?: number;
  shipIntervalMs?: number;
  logLevel?: LogLevel;
};

/** How soon a laptop sees the costs of the running hour; a cluster waits longer, for the sake of fewer uploads. */
const USAGE_INTERVAL_MS = 60_000;
const SHIP_INTERVAL_MS = 2_000;
/** The lake is on the same disk: shipped files are kept only as long as a replay is likely to be asked for. */
const RETENTION_MS = 3_600_000;

export const lakeDirOf = (dataDir: string) => join(dataDir, 'lake');

export function collectorSettings({ dataDir, collectorPort, sealIntervalMs }: LocalOptions) {
  return readSettings(COLLECTOR_SETTINGS, {
    DATA_DIR: dataDir,
    COLLECTOR_PORT: String(collectorPort),
    REPLICA: 'local',
    ...(sealIntervalMs !== undefined && { SEAL_INTERVAL_MS: String(sealIntervalMs) }),
    USAGE_INTERVAL_MS: String(Math.min(USAGE_INTERVAL_MS, sealIntervalMs ?? USAGE_INTERVAL_MS)),
  });
}

export function shipperSettings({ dataDir, shipIntervalMs = SHIP_INTERVAL_MS }: LocalOptions, uploadUrl: string, secrets: LocalSecrets) {
  return readSettings(SHIPPER_SETTINGS, {
    DATA_DIR: dataDir,
    SHIPPER_ID: 'local',
    SHIPPER_PORT: '0',
    LAKE_UPLOAD_URL: uploadUrl,
    LAKE_API_KEY_FILE: secrets.uploadKeyFile,
    SHIP_INTERVAL_MS: String(shipIntervalMs),
    RETENTION_MS: String(RETENTION_MS),
  });
}

export function uploadApiSettings({ uploadPort = 0 }: LocalOptions, store: { url: string; bucket: string }, secrets: LocalSecrets) {
  return readSettings(UPLOAD_API_SETTINGS, {
    UPLOAD_API_PORT: String(uploadPort),
    KEYS_FILE: secrets.uploadKeysFile,
    // One shipper alone holds the key, and the limit counts URLs until they expire, used or not.
    MAX_OPEN_URLS: '10000000',
    REQUESTS_PER_MINUTE: '1000000',
    STORE_ENDPOINT: store.url,
    STORE_BUCKET: store.bucket,
    STORE_CREDENTIALS_FILE: secrets.storeCredentialsFile,
  });
}

export function consoleSettings({ dataDir, consolePort }: LocalOptions) {
  return readSettings(CONSOLE_SETTINGS, { CONSOLE_PORT: String(consolePort), LAKE_DIR: lakeDirOf(dataDir) });
}
