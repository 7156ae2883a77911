import { randomUUID } from 'node:crypto';
import { listen } from '@tallyship/shared/runtime/http-server';
import { createLogger, type Logger } from '@tallyship/shared/runtime/logger';
import { SettingsError } from '@tallyship/shared/runtime/settings';
import { createTelemetry } from '@tallyship/shared/runtime/telemetry';
import { tlsFilesOf } from '@tallyship/shared/runtime/tls-files';
import { openObjectStore } from '@tallyship/shared/storage/object-store';
import { createApp } from './app.ts';
import { KeyFile } from './keys/key-file.ts';
import { KeyLimits } from './keys/key-limits.ts';
import { ReplayOrders } from './replay/replay-orders.ts';
import type { UploadApiSettings } from './settings.ts';
import { UploadApiTelemetry } from './telemetry.ts';

export type UploadApi = {
  url: string;
  /** Stops taking, lets running requests finish. */
  close(): Promise<void>;
};

/**
 * Starts the upload API. It keeps nothing but counts in memory, so any number of replicas serve one lake.
 * @returns when requests are answered
 * @throws SettingsError when the keys file cannot be used; Error when the port is taken
 */
export async function startUploadApi(
  settings: UploadApiSettings,
  log: Logger = createLogger('upload-api', { level: settings.LOG_LEVEL }),
  now: () => number = Date.now,
): Promise<UploadApi> {
  const keyFile = openKeyFile(settings.KEYS_FILE);
  const limits = new KeyLimits({ requestsPerMinute: settings.REQUESTS_PER_MINUTE, maxOpenUrls: settings.MAX_OPEN_URLS });
  const telemetry = createTelemetry();
  const counters = new UploadApiTelemetry(telemetry.registry, {
    openUrls: () => limits.openUrls(now()),
    keys: () => keyFile.keys.length,
  });
  const store = openObjectStore({
    endpoint: settings.STORE_ENDPOINT,
    bucket: settings.STORE_BUCKET,
    region: settings.STORE_REGION,
    credentialsFile: settings.STORE_CREDENTIALS_FILE,
  });
  const replays = new ReplayOrders(
    store,
    { maxHeaderBytes: settings.MAX_REPLAY_HEADER_BYTES, maxAgeMs: settings.MAX_REPLAY_AGE_MS, now },
    (outcome, by) => counters.replay(outcome, by),
  );
  const app = createApp({
    store,
    keyFile,
    limits,
    replays,
    maxUrlLifeS: settings.MAX_URL_LIFE_S,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    telemetry,
    counters,
    log,
    now,
    unique: randomUUID,
  });
  const tls = tlsFilesOf(settings);
  const http = await listen(app, {
    host: settings.UPLOAD_API_HOST,
    port: settings.UPLOAD_API_PORT,
    ...(tls && { tls: { ...tls, onFault: (fault) => log.error({ fault }, 'the certificate served stays the old one') } }),
  });
  log.info({ url: http.url, bucket: settings.STORE_BUCKET, keys: keyFile.keys.length }, 'upload API listens');
  return {
    url: http.url,
    close: async () => {
      await http.close(settings.SHUTDOWN_GRACE_MS);
      store.close();
    },
  };
}

function openKeyFile(path: string): KeyFile {
  try {
    return new KeyFile(path);
  } catch (error) {
    throw new SettingsError((error as Error).message);
  }
}
