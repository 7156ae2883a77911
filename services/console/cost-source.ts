import { access, constants } from 'node:fs/promises';
import { type CostAnswer, type CostQuery, queryCosts } from '@tallyship/cost/cost-query';
import { loadPriceTable } from '@tallyship/cost/price-table';
import { loadTeamRules } from '@tallyship/cost/team-rules';
import { openLake } from './duckdb-lake.ts';
import { type QualityReport, queryQuality } from './quality.ts';
import type { ConsoleSettings } from './settings.ts';
import type { TimeRange } from './time-range.ts';

export type CostSourceSettings = Pick<
  ConsoleSettings,
  'LAKE_DIR' | 'PRICES_FILE' | 'TEAM_RULES_FILE' | 'QUERY_MEMORY_MIB' | 'QUERY_THREADS'
>;

/** A lake with the prices and team rules that turn it into costs. */
export type CostSource = {
  costs(query: CostQuery): Promise<CostAnswer>;
  quality(range: TimeRange, nowMs: number): Promise<QualityReport>;
  /** @returns why nothing can be answered, or undefined when all is well. A lake folder that does not exist yet is an empty lake. */
  checkReady(): Promise<string | undefined>;
  close(): Promise<void>;
};

/**
 * Opens the lake and reads prices and rules, once.
 * @throws PriceFileError | TeamRulesError with every fault of the file
 */
export async function openCostSource(settings: CostSourceSettings): Promise<CostSource> {
  const dir = settings.LAKE_DIR;
  const [prices, teams] = await Promise.all([loadPriceTable(settings.PRICES_FILE), loadTeamRules(settings.TEAM_RULES_FILE)]);
  const lake = await openLake(dir, { memoryLimit: `${settings.QUERY_MEMORY_MIB}MiB`, threads: settings.QUERY_THREADS });
  const costs = (query: CostQuery) => queryCosts(lake, { dir, prices, teams }, query);
  return {
    costs,
    quality: (range, nowMs) => queryQuality({ lake, dir, costs }, range, nowMs),
    checkReady: () => lakeFault(dir),
    close: () => lake.close(),
  };
}

async function lakeFault(dir: string): Promise<string | undefined> {
  try {
    await access(dir, constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : `LAKE_DIR ${dir} cannot be read: ${code}`;
  }
}
