import { hostname } from 'node:os';
import { join } from 'node:path';
import { type ClusterIdentity, identityFaults } from '@tallyship/shared/contracts/identity';
import { listen } from '@tallyship/shared/runtime/http-server';
import { createLogger, type Logger } from '@tallyship/shared/runtime/logger';
import { reasonOf, seldom } from '@tallyship/shared/runtime/seldom';
import { SettingsError } from '@tallyship/shared/runtime/settings';
import { createTelemetry } from '@tallyship/shared/runtime/telemetry';
import { tlsFilesOf } from '@tallyship/shared/runtime/tls-files';
import { makeDurableDir } from '@tallyship/shared/storage/durable-file';
import { lockFolder } from '@tallyship/shared/storage/folder-lock';
import { createApp, WRITE_PATHS } from './app.ts';
import { readFilterRules } from './cloudzero/filters-file.ts';
import { RowSelection } from './cloudzero/select-rows.ts';
import type { IngestLimits } from './decode/limits.ts';
import { openBytesBudget, seriesBytesBudget } from './hours/memory-budget.ts';
import { Targets } from './hours/targets.ts';
import { BearerTokens } from './http/bearer.ts';
import { putOffOverload } from './http/overload.ts';
import { InflightBytes } from './http/read-body.ts';
import { Refusals } from './http/refusals.ts';
import { WorkQueue } from './http/work-queue.ts';
import { Ingest } from './ingest.ts';
import { LOG_VERSION } from './log/record.ts';
import { recover } from './log/recover.ts';
import { replicaName } from './log/replica-name.ts';
import { SegmentLog } from './log/segment-log.ts';
import { Obstacles } from './obstacles.ts';
import type { Sealer } from './seal/sealer.ts';
import { type CloudzeroParts, targetSealers } from './seal/target-sealers.ts';
import { unshippedBytes } from './seal/unshipped-files.ts';
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
 * Takes the data folder, recovers the log, then listens.
 * @throws SettingsError for settings that fit no file; Error when the folder is in use, or the log or the port cannot be opened
 */
export async function startCollector(
  settings: CollectorSettings,
  log: Logger = createLogger('collector', { level: settings.LOG_LEVEL }),
): Promise<Collector> {
  const logDir = join(settings.DATA_DIR, 'log');
  makeDurableDir(logDir);
  const unlock = lockFolder(logDir, 'collector');
  try {
    const collector = await openCollector(settings, logDir, log);
    return { ...collector, close: () => collector.close().finally(unlock) };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openCollector(settings: CollectorSettings, logDir: string, log: Logger): Promise<Collector> {
  const now = Date.now;
  const identity = identityOf(settings);
  const limits = limitsOf(settings);
  const cloudzero = settings.TARGETS === 'lake' ? undefined : cloudzeroPartsOf(settings);
  const targets = new Targets({ lake: undefined, ...(cloudzero && { cloudzero: cloudzero.selection }) }, settings.DECODE_KERNEL);
  // A checkpoint of a log that cannot be written may be a probe, which other records wait ahead of: nothing is forgotten with it.
  const forgetBeforeMs = (): number => (segments.fault ? 0 : now() - 2 * settings.MAX_SAMPLE_AGE_MS);
  const segments: SegmentLog = new SegmentLog(
    { dir: logDir, segmentBytes: settings.LOG_SEGMENT_BYTES, maxLogBytes: settings.MAX_LOG_BYTES, now },
    () => ({ kind: 'checkpoint', version: LOG_VERSION, limits, ...targets.checkpoint(forgetBeforeMs()) }),
  );
  const ingest = new Ingest({ ...ingestOptionsOf(settings, limits), now }, segments, targets);
  const recovery = recover(logDir, ingest, targets, limits);
  if (recovery.segments > 0) log.info(recovery, 'log recovered');
  if (recovery.damagedBytes > 0) log.error(recovery, 'the log was damaged; what could not be read is kept beside it as .damaged');
  const replica = await replicaName({
    setting: settings.REPLICA,
    hostName: hostname(),
    logDir,
    hasSegments: recovery.segments > 0,
    isIdle: targets.isIdle,
    nowMs: now(),
  });

  const inflight = new InflightBytes(settings.MAX_INFLIGHT_BYTES);
  const telemetry = createTelemetry();
  const counters = new CollectorTelemetry(telemetry.registry, {
    openSamples: () => targets.rows,
    openSeries: () => ingest.openSeries,
    seriesBytes: () => ingest.seriesBytes.inUse + ingest.seriesBytes.waiting,
    logBytes: () => segments.bytes,
    inflightBytes: () => inflight.held,
    unshippedBytes: () => unshipped,
  });
  let unshipped = await unshippedBytes(settings.DATA_DIR, 'lake');
  const failed = seldom();
  const sealers = targetSealers(settings, {
    targets,
    segments,
    replica,
    cloudzero,
    maxOpenBytes: openBytesBudget(settings.MAX_OPEN_BYTES),
    isBusy: () => inflight.held > 0 && !obstacles.holdUpRequests,
    tendLog: async () => {
      if (segments.fault) await segments.probe().catch(() => undefined);
      unshipped = await unshippedBytes(settings.DATA_DIR, 'lake');
      await segments.purge(targets.firstNeededSegment, now() - settings.DEDUPE_WINDOW_MS);
    },
    common: {
      now,
      onSealed: ({ key, generation }, rows) => {
        counters.sealed(rows);
        log.debug({ hour: key, generation, rows }, 'sealed');
      },
      onError: (error) => {
        counters.sealFailed();
        failed(reasonOf(error), (leftOut) => log.error({ err: error, leftOut }, 'seal failed; it is tried again'));
      },
    },
  });
  const obstacles: Obstacles = new Obstacles({
    settings,
    maxSeriesBytes: seriesBytesBudget(settings.MAX_SERIES_BYTES),
    unshippedBytes: () => unshipped,
    targets,
    ingest,
    sealers,
  });
  let isStopping = false;
  const door = {
    tokens: new BearerTokens(settings.BEARER_TOKENS_FILE),
    queue: new WorkQueue(),
    refusals: new Refusals(log),
    isStopping: () => isStopping,
    telemetry,
  };
  const app = createApp({
    ...door,
    ingest,
    obstacle: () => obstacles.ask(),
    inflight,
    identity,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    faults: () => (isStopping ? ['stopping'] : faultsOf(segments, sealers)),
    counters,
  });
  // The first write proves the disk before the first request comes.
  await segments.probe();
  const tls = tlsFilesOf(settings);
  const http = await listen(app, {
    host: settings.COLLECTOR_HOST,
    port: settings.COLLECTOR_PORT,
    requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
    ahead: putOffOverload(door, WRITE_PATHS),
    ...(tls && { tls: { ...tls, onFault: (fault) => log.error({ fault }, 'the certificate served stays the old one') } }),
  });
  for (const sealer of sealers) sealer.start(tickMsOf(settings));
  log.info({ url: http.url, dataDir: settings.DATA_DIR }, 'collector listens');

  return {
    url: http.url,
    sealAll: async () => {
      await Promise.all(sealers.map((sealer) => sealer.sealAll()));
    },
    close: async () => {
      isStopping = true;
      await http.close(settings.SHUTDOWN_GRACE_MS);
      for (const sealer of sealers) {
        await sealer.stop();
        // What cannot be sealed stays in the log: the next start seals it.
        await sealer.sealAll().catch((error) => log.error({ err: error }, 'not everything could be sealed'));
      }
      await segments.close();
    },
  };
}

const LATE_AFTER_MS = 10 * 60_000;

/** Why requests should go elsewhere: the log, a seal that fails, one that is overdue. */
function faultsOf(segments: SegmentLog, sealers: Sealer[]): string[] {
  const lateMs = Math.max(...sealers.map((sealer) => sealer.latenessMs()));
  return [
    ...(segments.fault ? [`log: ${reasonOf(segments.fault)}`] : []),
    ...sealers.flatMap(({ fault }) => (fault ? [`seal: ${reasonOf(fault)}`] : [])),
    ...(lateMs > LATE_AFTER_MS ? [`an hour should have been sealed ${Math.round(lateMs / 60_000)} min ago`] : []),
  ];
}

function identityOf(settings: CollectorSettings): ClusterIdentity {
  const identity = { account: settings.CLOUD_ACCOUNT_ID, region: settings.REGION, cluster: settings.CLUSTER_NAME };
  const replica = settings.REPLICA || hostname();
  const faults = identityFaults(identity);
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$/.test(replica))
    faults.push(`REPLICA ${JSON.stringify(replica)} is not 1 to 100 of A-Z a-z 0-9 . -`);
  if (faults.length > 0) throw new SettingsError(faults.join('\n'));
  return identity;
}

function cloudzeroPartsOf(settings: CollectorSettings): CloudzeroParts {
  const rules = readFilterRules(settings.CLOUDZERO_FILTERS_FILE);
  return { rules, selection: new RowSelection(rules) };
}

function tickMsOf(settings: CollectorSettings): number {
  return Math.max(
    200,
    Math.min(5_000, settings.SEAL_INTERVAL_MS / 4, settings.USAGE_INTERVAL_MS / 4, settings.CLOUDZERO_SEAL_INTERVAL_MS / 4),
  );
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
    maxHistogramBuckets: settings.MAX_HISTOGRAM_BUCKETS,
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
    decodeKernel: settings.DECODE_KERNEL,
  };
}
