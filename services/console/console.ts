import { listen } from '@tallyship/shared/runtime/http-server';
import { createLogger, type Logger } from '@tallyship/shared/runtime/logger';
import { createTelemetry } from '@tallyship/shared/runtime/telemetry';
import { Counter, Gauge, type Registry } from 'prom-client';
import { createApp } from './app.ts';
import { openCostSource } from './cost-source.ts';
import type { CacheUse } from './file-cache.ts';
import { readPageFiles } from './page-files.ts';
import { createQueryQueue, type QueryQueue } from './query-queue.ts';
import type { ConsoleSettings } from './settings.ts';

export type Console = {
  url: string;
  /** Lets running queries answer, refuses new ones, then closes the lake. */
  close(): Promise<void>;
};

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Starts the cost API and the page over a lake.
 * @returns when requests are answered
 * @throws when the port is taken, or the price file or team rules cannot be used
 */
export async function startConsole(settings: ConsoleSettings, log: Logger = createLogger('console')): Promise<Console> {
  const telemetry = createTelemetry();
  const damagedFiles = damagedFilesCounter(telemetry.registry);
  const onDamaged = (key: string, reason: string) => {
    damagedFiles.inc();
    log.error({ key, reason }, 'a file of the lake is damaged and left out of all answers (docs/runbook.md, A damaged file)');
  };
  const [source, page] = await Promise.all([openCostSource(settings, onDamaged), readPageFiles()]);
  const queue = createQueryQueue(settings.MAX_WAITING_QUERIES);
  registerQueue(telemetry.registry, queue);
  if (source.cacheUse) registerCache(telemetry.registry, source.cacheUse);
  const isLoopback = /^(127\.|localhost$|::1$)/.test(settings.CONSOLE_HOST);
  const hostNames = isLoopback ? [...new Set([...LOOPBACK_NAMES, settings.CONSOLE_HOST])] : undefined;
  const app = createApp({ source, queue, telemetry, page, log, now: Date.now, hostNames });
  try {
    const server = await listen(app, { host: settings.CONSOLE_HOST, port: settings.CONSOLE_PORT });
    log.info({ url: server.url, lake: source.name }, 'console listens');
    return {
      url: server.url,
      close: async () => {
        await server.close();
        await source.close();
      },
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

function damagedFilesCounter(registry: Registry): Counter {
  return new Counter({ name: 'console_damaged_files_total', help: 'Damaged files of the lake found and left out', registers: [registry] });
}

function registerQueue(registry: Registry, queue: QueryQueue): void {
  new Gauge({
    name: 'console_queries_waiting',
    help: 'Queries that wait for the running one',
    registers: [registry],
    collect() {
      this.set(queue.waiting());
    },
  });
  new Counter({
    name: 'console_queries_refused_total',
    help: 'Queries refused because MAX_WAITING_QUERIES others waited',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(queue.refused());
    },
  });
}

function registerCache(registry: Registry, use: () => CacheUse): void {
  new Gauge({
    name: 'console_cache_bytes',
    help: 'Copies of files of the lake bucket, limit CACHE_MAX_BYTES',
    registers: [registry],
    collect() {
      this.set(use().bytes);
    },
  });
  new Counter({
    name: 'console_cache_fetched_bytes_total',
    help: 'Bytes fetched from the lake bucket',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(use().fetchedBytes);
    },
  });
}
