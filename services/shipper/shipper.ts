import { mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type HttpListener, listen } from '@tallyship/shared/runtime/http-server';
import { createLogger, type Logger } from '@tallyship/shared/runtime/logger';
import { createTelemetry } from '@tallyship/shared/runtime/telemetry';
import { lockFolder } from '@tallyship/shared/storage/folder-lock';
import { ApiKey } from './api-key.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import type { CycleReport } from './cycle-report.ts';
import { createHealthApp } from './health-app.ts';
import { HttpSender } from './http-send.ts';
import { Ledger } from './ledger.ts';
import { ReplayPolls } from './replay-polls.ts';
import type { ShipperSettings } from './settings.ts';
import { shipperIdOf } from './shipper-id.ts';
import { type Target, targetsOf } from './target.ts';
import { TargetLoop, type TargetState } from './target-loop.ts';
import { ShipperTelemetry } from './telemetry.ts';
import { UploadClient } from './upload-client.ts';
import { Volume } from './volume.ts';
import { WaitingFiles } from './waiting-files.ts';

export type Shipper = {
  /** Where health and telemetry are; absent when it does not listen. */
  url?: string;
  /** One cycle of every target, now; each waits for a cycle of its own that runs. */
  runOnce(): Promise<Record<string, CycleReport>>;
  states(): TargetState[];
  /** What is not shipped yet, also for targets that are not set: files, and manifests that are due. */
  left(): Promise<number>;
  /** Lets uploads end, runs last cycles within `SHUTDOWN_LINGER_MS` and `SHUTDOWN_GRACE_MS`, closes everything. */
  close(): Promise<void>;
};

/** What a caller may replace: tests their clock and chance, `drain` the loops and the port. */
export type ShipperParts = { clock?: Clock; random?: () => number; isIdle?: boolean };

/** The ledger's file on a data volume. */
export const ledgerPath = (dataDir: string) => join(dataDir, 'ledger.sqlite');

/**
 * Starts a loop a target and, unless idle, listens.
 * @throws SettingsError for targets that are not named whole; Error when the volume is in use or the ledger or port cannot be opened
 */
export async function startShipper(
  settings: ShipperSettings,
  log: Logger = createLogger('shipper', { level: settings.LOG_LEVEL }),
  { clock = SYSTEM_CLOCK, random = Math.random, isIdle = false }: ShipperParts = {},
): Promise<Shipper> {
  const targets = targetsOf(settings);
  mkdirSync(settings.DATA_DIR, { recursive: true });
  const unlock = lockFolder(settings.DATA_DIR, 'shipper');
  const closers: (() => unknown)[] = [unlock];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const ledger = new Ledger(ledgerPath(settings.DATA_DIR), { maxBytes: settings.MAX_LEDGER_BYTES });
    closers.push(() => ledger.close());
    const shipperId = await shipperIdOf(settings.DATA_DIR, settings.SHIPPER_ID, hostname());
    const volume = new Volume(settings.DATA_DIR);
    rmSync(packedDirOf(settings), { recursive: true, force: true });
    const telemetry = createTelemetry();
    const counters = new ShipperTelemetry(
      telemetry.registry,
      targets.map(({ name }) => name),
    );
    const shared = { volume, ledger, telemetry: counters, clock, log };
    const care = {
      ...shared,
      targets,
      retentionMs: settings.RETENTION_MS,
      maxDataBytes: settings.MAX_DATA_BYTES,
      ledgerRetentionMs: settings.LEDGER_RETENTION_MS,
    };
    const loops = targets.map((target) => {
      const sender = new HttpSender(settings.SHIP_CONCURRENCY + 1);
      closers.push(() => sender.close());
      const client = clientOf(target, settings, shipperId, sender, clock);
      const waiting = new WaitingFiles({
        compression: settings.COMPRESS,
        packedDir: join(packedDirOf(settings), target.name),
        fileBackoffMaxMs: settings.FILE_BACKOFF_MAX_MS,
        random,
      });
      const polls = new ReplayPolls(settings.REPLAY_POLL_MS);
      const parts = { ...shared, target, shipperId, client, sender, waiting, polls, ...limitsOf(settings) };
      return new TargetLoop(parts, care, {
        intervalMs: settings.SHIP_INTERVAL_MS,
        isAtOnce: settings.SHIP_AT_ONCE === 'yes',
        backoffMaxMs: settings.BACKOFF_MAX_MS,
        random,
      });
    });
    let isStopping = false;
    const states = () => loops.map(({ state }) => state);
    let http: HttpListener | undefined;
    if (!isIdle) {
      const maxSilenceMs = 2 * settings.SHIP_INTERVAL_MS + 2 * settings.PUT_DEADLINE_MS;
      const app = createHealthApp({ telemetry, states, isStopping: () => isStopping, maxSilenceMs, now: clock.now });
      http = await listen(app, { host: settings.SHIPPER_HOST, port: settings.SHIPPER_PORT });
      for (const loop of loops) loop.start();
      log.info({ url: http.url, dataDir: settings.DATA_DIR, shipperId, targets: targets.map(({ name }) => name) }, 'shipper listens');
    }
    return {
      ...(http && { url: http.url }),
      states,
      runOnce: async () => {
        const reports = await Promise.all(loops.map(async (loop) => [loop.state.target, await loop.runOnce()] as const));
        return Object.fromEntries(reports);
      },
      left: async () => {
        const files = await volume.scan(await volume.targets());
        return files.filter(({ stage }) => stage !== 'shipped').length + ledger.dueManifests().length;
      },
      close: async () => {
        isStopping = true;
        await Promise.all(
          loops.map((loop) =>
            isIdle ? loop.cut() : loop.close({ lingerMs: settings.SHUTDOWN_LINGER_MS, graceMs: settings.SHUTDOWN_GRACE_MS }),
          ),
        );
        counters.cloudZero.count('shipper_shutdown_total');
        await http?.close(1000);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Compressed copies of what is being sent; nothing in it outlives the process. */
const packedDirOf = (settings: ShipperSettings) => join(settings.DATA_DIR, 'packed');

function clientOf(target: Target, settings: ShipperSettings, shipperId: string, sender: HttpSender, clock: Clock): UploadClient {
  const { base, protocol, apiKeyFile } = target;
  return new UploadClient({ base, protocol, shipperId, timeoutMs: settings.API_TIMEOUT_MS }, new ApiKey(apiKeyFile), sender, clock);
}

function limitsOf(settings: ShipperSettings) {
  return {
    concurrency: settings.SHIP_CONCURRENCY,
    putIdleTimeoutMs: settings.PUT_TIMEOUT_MS,
    putDeadlineMs: settings.PUT_DEADLINE_MS,
  };
}
