import { hostname } from 'node:os';
import { join } from 'node:path';
import { identityFaults } from '@tallyship/shared/contracts/identity';
import { listen } from '@tallyship/shared/runtime/http-server';
import { createLogger, type Logger } from '@tallyship/shared/runtime/logger';
import { SettingsError } from '@tallyship/shared/runtime/settings';
import { createTelemetry } from '@tallyship/shared/runtime/telemetry';
import { createApp } from './app.ts';
import type { IngestLimits } from './decode/limits.ts';
import { OpenHours } from './hours/open-hours.ts';
import { BearerTokens } from './http/bearer.ts';
import { InflightBytes } from './http/read-body.ts';
import { Ingest } from './ingest.ts';
import { LOG_VERSION } from './log/record.ts';
import { recover } from './log/recover.ts';
import { SegmentLog } from './log/segment-log.ts';
import { dueAtMs } from './seal/plan-seals.ts';
import { Sealer } from './seal/sealer.ts';
import type { CollectorSettings } from './settings.ts';
import { CollectorTelemetry } from './telemetry.ts';

export type Collector = {
  url: string;
  /** Seals everything that is open, finished or not. */
  sealAll(): Promise<void>;
  /** Stops taking, finishes what runs, seals, closes the log. */
  close(): Promise<void>;
};

/**
 * Recovers the log, then listens.
 * @throws SettingsError for an identity that cannot name a folder; Error when the log or the port cannot be opened
 */
export async function startCollector(
  settings: CollectorSettings,
  log: Logger = createLogger('collector', { level: settings.LOG_LEVEL }),
): Promise<Collector> {
  const now = Date.now;
  const identity = { account: settings.CLOUD_ACCOUNT_ID, region: settings.REGION, cluster: settings.CLUSTER_NAME };
  const faults = identityFaults(identity);
  const replica = settings.REPLICA || hostname();
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$/.test(replica))
    faults.push(`REPLICA ${JSON.stringify(replica)} is not 1 to 100 of A-Z a-z 0-9 . -`);
  if (faults.length > 0) throw new SettingsError(faults.join('\n'));

  const limits = limitsOf(settings);
  const hours = new OpenHours();
  const logDir = join(settings.DATA_DIR, 'log');
  const segments = new SegmentLog(
    { dir: logDir, segmentBytes: settings.LOG_SEGMENT_BYTES, maxLogBytes: settings.MAX_LOG_BYTES, now },
    () => ({ kind: 'checkpoint', version: LOG_VERSION, limits, generations: hours.checkpoint(now() - 2 * settings.MAX_SAMPLE_AGE_MS) }),
  );
  const ingest = new Ingest({ ...ingestOptionsOf(settings, limits), now }, segments, hours);
  const recovery = recover(logDir, ingest, hours);
  if (recovery.segments > 0) log.info(recovery, 'log recovered');

  const inflight = new InflightBytes(settings.MAX_INFLIGHT_BYTES);
  const telemetry = createTelemetry();
  const counters = new CollectorTelemetry(telemetry.registry, {
    openSamples: () => hours.rows,
    openSeries: () => ingest.openSeries,
    logBytes: () => segments.bytes,
    inflightBytes: () => inflight.held,
  });
  const times = {
    sealDelayMs: settings.SEAL_DELAY_MS,
    sealIntervalMs: settings.SEAL_INTERVAL_MS,
    usageIntervalMs: settings.USAGE_INTERVAL_MS,
  };
  const sealer = new Sealer(
    {
      ...times,
      outputDir: settings.LAKE_OUTPUT_DIR || join(settings.DATA_DIR, 'ready', 'lake'),
      replica,
      zstdLevel: settings.ZSTD_LEVEL,
      dedupeWindowMs: settings.DEDUPE_WINDOW_MS,
      maxOpenRows: settings.MAX_OPEN_SAMPLES,
      now,
      onSealed: ({ key, generation }, rows) => {
        counters.sealed(rows);
        log.debug({ hour: key, generation, rows }, 'sealed');
      },
      onError: (error) => {
        counters.sealFailed();
        log.error({ err: error }, 'seal failed; it is tried again');
      },
    },
    hours,
    segments,
  );
  let isStopping = false;
  const app = createApp({
    ingest,
    relieve: () => sealer.relieve(),
    tokens: new BearerTokens(settings.BEARER_TOKENS_FILE),
    inflight,
    identity,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    faults: () => notReady({ log: segments.fault, seal: sealer.fault, isStopping, lateMs: latenessMs(hours, times, now()) }),
    isStopping: () => isStopping,
    telemetry,
    counters,
    log,
  });
  // The first write proves the disk before the first request comes.
  await segments.probe();
  const http = await listen(app, {
    host: settings.COLLECTOR_HOST,
    port: settings.COLLECTOR_PORT,
    requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
  });
  sealer.start(Math.max(200, Math.min(5_000, settings.SEAL_INTERVAL_MS / 4, settings.USAGE_INTERVAL_MS / 4)));
  log.info({ url: http.url, dataDir: settings.DATA_DIR }, 'collector listens');

  return {
    url: http.url,
    sealAll: () => sealer.sealAll(),
    close: async () => {
      isStopping = true;
      await http.close(settings.SHUTDOWN_GRACE_MS);
      await sealer.stop();
      // What cannot be sealed stays in the log: the next start seals it.
      await sealer.sealAll().catch((error) => log.error({ err: error }, 'not everything could be sealed'));
      await segments.close();
    },
  };
}

const LATE_AFTER_MS = 10 * 60_000;

function notReady({
  log,
  seal,
  isStopping,
  lateMs,
}: {
  log: Error | undefined;
  seal: Error | undefined;
  isStopping: boolean;
  lateMs: number;
}): string[] {
  return [
    ...(isStopping ? ['stopping'] : []),
    ...(log ? [`log: ${log.message}`] : []),
    ...(seal ? [`seal: ${seal.message}`] : []),
    ...(lateMs > LATE_AFTER_MS ? [`an hour should have been sealed ${Math.round(lateMs / 60_000)} min ago`] : []),
  ];
}

function latenessMs(hours: OpenHours, times: Parameters<typeof dueAtMs>[1], nowMs: number): number {
  const due = [...hours.generations].map((generation) => dueAtMs({ ...generation, isCut: false, isUrgent: false }, times));
  return nowMs - Math.min(nowMs, ...due);
}

function limitsOf(settings: CollectorSettings): IngestLimits {
  return {
    maxSampleAgeMs: settings.MAX_SAMPLE_AGE_MS,
    maxSampleFutureMs: settings.MAX_SAMPLE_FUTURE_MS,
    maxLabels: settings.MAX_LABELS,
    maxLabelNameBytes: settings.MAX_LABEL_NAME_BYTES,
    maxLabelValueBytes: settings.MAX_LABEL_VALUE_BYTES,
    maxRequestSamples: settings.MAX_REQUEST_SAMPLES,
    maxRequestSeries: settings.MAX_REQUEST_SERIES,
  };
}

function ingestOptionsOf(settings: CollectorSettings, limits: IngestLimits) {
  return {
    limits,
    maxDecodedBytes: settings.MAX_DECODED_BYTES,
    maxOpenSeries: settings.MAX_OPEN_SERIES,
    maxSeriesBytes: settings.MAX_SERIES_BYTES,
    haReplicaLabel: settings.HA_REPLICA_LABEL,
    dedupeWindowMs: settings.DEDUPE_WINDOW_MS,
  };
}
