import { join } from 'node:path';
import { type Collector, startCollector } from '@tallyship/collector/collector';
import { COLLECTOR_SETTINGS, type CollectorSettings } from '@tallyship/collector/settings';
import { startConsole } from '@tallyship/console/console';
import { CONSOLE_SETTINGS } from '@tallyship/console/settings';
import { createLogger, type LogLevel } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';

export type LocalOptions = { dataDir: string; collectorPort: number; consolePort: number; sealIntervalMs?: number; logLevel?: LogLevel };

export type Local = {
  collectorUrl: string;
  consoleUrl: string;
  /** Stops the collector as SIGTERM would and starts it again on the same port and data. */
  restartCollector(): Promise<void>;
  sealAll(): Promise<void>;
  close(): Promise<void>;
};

/** How soon a laptop sees the costs of the running hour; a cluster waits longer, for the sake of fewer uploads. */
const USAGE_INTERVAL_MS = 60_000;

/** Runs the platform's services in this process on loopback; the lake is `dataDir/lake`. */
export async function startLocal(options: LocalOptions): Promise<Local> {
  const lakeDir = join(options.dataDir, 'lake');
  let settings = collectorSettingsOf(options, lakeDir);
  let collector: Collector = await startCollector(settings, createLogger('collector', { level: options.logLevel ?? 'warn' }));
  settings = { ...settings, COLLECTOR_PORT: Number(new URL(collector.url).port) };
  const console = await startConsole(
    readSettings(CONSOLE_SETTINGS, { CONSOLE_PORT: String(options.consolePort), LAKE_DIR: lakeDir }),
    createLogger('console', { level: options.logLevel ?? 'warn' }),
  ).catch(async (error) => {
    await collector.close();
    throw error;
  });
  return {
    collectorUrl: collector.url,
    consoleUrl: console.url,
    restartCollector: async () => {
      await collector.close();
      collector = await startCollector(settings, createLogger('collector', { level: options.logLevel ?? 'warn' }));
    },
    sealAll: () => collector.sealAll(),
    close: async () => {
      await collector.close();
      await console.close();
    },
  };
}

function collectorSettingsOf({ dataDir, collectorPort, sealIntervalMs }: LocalOptions, lakeDir: string): CollectorSettings {
  return readSettings(COLLECTOR_SETTINGS, {
    DATA_DIR: dataDir,
    LAKE_OUTPUT_DIR: lakeDir,
    COLLECTOR_PORT: String(collectorPort),
    REPLICA: 'local',
    ...(sealIntervalMs !== undefined && { SEAL_INTERVAL_MS: String(sealIntervalMs) }),
    USAGE_INTERVAL_MS: String(Math.min(USAGE_INTERVAL_MS, sealIntervalMs ?? USAGE_INTERVAL_MS)),
  });
}
