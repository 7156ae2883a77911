import type { Logger } from '@tallyship/shared/runtime/logger';
import type { Telemetry } from '@tallyship/shared/runtime/telemetry';
import type { CostSource } from './cost-source.ts';
import type { PageFile } from './page-files.ts';
import type { QueryQueue } from './query-queue.ts';

/** What the routes are made from. */
export type AppParts = {
  source: Pick<CostSource, 'costs' | 'quality' | 'checkReady'>;
  queue: QueryQueue;
  telemetry: Telemetry;
  page: readonly PageFile[];
  log: Pick<Logger, 'error'>;
  now: () => number;
  /** Names under which a browser may reach the console; undefined allows every name. */
  hostNames: readonly string[] | undefined;
};
