import { type CostAnswer, type CostQuery, queryCosts } from '@tallyship/cost/cost-query';
import { DamagedFiles } from '@tallyship/cost/damaged-files';
import { loadPriceTable } from '@tallyship/cost/price-table';
import { loadTeamRules } from '@tallyship/cost/team-rules';
import { lakeKey } from '@tallyship/shared/contracts/lake-key';
import { openLake } from './duckdb-lake.ts';
import type { CacheUse } from './file-cache.ts';
import { type LakeDoorSettings, openLakeDoor } from './lake-door.ts';
import { type QualityReport, queryQuality } from './quality.ts';
import type { ConsoleSettings } from './settings.ts';
import type { TimeRange } from './time-range.ts';

export type CostSourceSettings = LakeDoorSettings &
  Pick<ConsoleSettings, 'PRICES_FILE' | 'TEAM_RULES_FILE' | 'QUERY_MEMORY_MIB' | 'QUERY_THREADS'> &
  Partial<Pick<ConsoleSettings, 'QUERY_TEMP_MIB'>>;

/** A lake with the prices and team rules that turn it into costs. */
export type CostSource = {
  costs(query: CostQuery): Promise<CostAnswer>;
  quality(range: TimeRange, nowMs: number): Promise<QualityReport>;
  /** For logs. */
  name: string;
  /** Absent where the lake's files are read where they lie. */
  cacheUse?: () => CacheUse;
  /** @returns why nothing can be answered, or undefined when all is well */
  checkReady(): Promise<string | undefined>;
  close(): Promise<void>;
};

/**
 * Opens the lake and reads prices and rules, once.
 * @param onDamaged called once for each damaged file that is found
 * @throws PriceFileError | TeamRulesError with every fault of the file; SettingsError when the settings name no lake, or two
 */
export async function openCostSource(
  settings: CostSourceSettings,
  onDamaged: (key: string, reason: string) => void = () => {},
): Promise<CostSource> {
  const [prices, teams] = await Promise.all([loadPriceTable(settings.PRICES_FILE), loadTeamRules(settings.TEAM_RULES_FILE)]);
  const { files, name, dir, cacheUse, fault, close } = await openLakeDoor(settings);
  const { QUERY_MEMORY_MIB: memoryMib, QUERY_THREADS: threads, QUERY_TEMP_MIB: tempMib } = settings;
  const lake = await openLake(dir, {
    memoryLimit: `${memoryMib}MiB`,
    threads,
    ...(tempMib !== undefined && { tempLimit: `${tempMib}MiB` }),
  });
  const damaged = new DamagedFiles((file, reason) => onDamaged(lakeKey(file), reason));
  const costs = (query: CostQuery) => queryCosts(lake, { files, prices, teams, damaged }, query);
  return {
    costs,
    quality: (range, nowMs) => queryQuality({ lake, files, damaged, costs }, range, nowMs),
    name,
    ...(cacheUse && { cacheUse }),
    checkReady: fault,
    close: async () => {
      await lake.close();
      await close();
    },
  };
}
