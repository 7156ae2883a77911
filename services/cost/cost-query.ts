import { HOUR_MS, lakeKey } from '@tallyship/shared/contracts/lake-key';
import { type CostAnswer, type CostQuery, costAnswer, type FoundRow } from './cost-answer.ts';
import { type CostFiles, costSql, overlapSql } from './cost-sql.ts';
import { interleavedClusters } from './interleaved-senders.ts';
import type { FoundFile, LakeFiles, OpenFiles } from './lake-files.ts';
import { priceSchedule } from './price-schedule.ts';
import type { PriceTable } from './price-table.ts';
import { labelPaths, type TeamRules, teamRuleRows } from './team-rules.ts';
import { splitWhole } from './whole-files.ts';

export type { CostAnswer, CostKind, CostQuery, CostRow, Coverage, Unpriced } from './cost-answer.ts';
export type { Group } from './cost-groups.ts';
export type { Step } from './cost-sql.ts';

type Params = Record<string, string | number | null>;
type Engine = { query<Row>(sql: string, params?: Params): Promise<Row[]> };
export type CostSource = { files: LakeFiles; prices: PriceTable; teams: TeamRules };

const DAY_MS = 24 * HOUR_MS;
const AHEAD_MS = 2 * HOUR_MS;

/**
 * Prices the lake's usage over a range, a UTC day at a time, so that memory does not grow with the range. An empty lake, or one without
 * the tables, gives an empty answer.
 * @throws the engine's error; RangeError when the range is not made of whole hours
 */
export async function queryCosts(lake: Engine, source: CostSource, query: CostQuery): Promise<CostAnswer> {
  const { fromMs, toMs, group } = query;
  if (fromMs % HOUR_MS !== 0 || toMs % HOUR_MS !== 0 || fromMs >= toMs)
    throw new RangeError('a cost range is made of whole hours, from < to');
  const params: Params = { prices: JSON.stringify(priceSchedule(source.prices)) };
  if (group.kind === 'label') [params.label_path, params.other_label_path] = labelPaths(group.key);
  if (group.kind === 'team') params.team_rules = JSON.stringify(teamRuleRows(source.teams));
  const list = await listsUsageOnce(source.files, fromMs - AHEAD_MS, toMs + HOUR_MS);
  const found: FoundRow[] = [];
  const damaged: FoundFile[] = [];
  for (let dayMs = fromMs; dayMs < toMs; dayMs = Math.floor(dayMs / DAY_MS) * DAY_MS + DAY_MS) {
    const endMs = Math.min(toMs, Math.floor(dayMs / DAY_MS) * DAY_MS + DAY_MS);
    await source.files.reading(async (open) => {
      const files = await findCostFiles(lake, { list, open }, dayMs, endMs);
      damaged.push(...files.damaged);
      if (files.usage.length === 0) return;
      found.push(...(await lake.query<FoundRow>(costSql(files, query.step, group), { ...params, from_ms: dayMs, to_ms: endMs })));
    });
  }
  const answer = costAnswer(found, query, source.prices, await interleavedClusters(lake, source.files, fromMs, toMs));
  return { ...answer, warnings: [...answer.warnings, ...damageWarnings(damaged)] };
}

/** One line for all of them: what is left out must be said, and a lake may hold many. */
function damageWarnings(damaged: readonly FoundFile[]): string[] {
  const keys = [...new Set(damaged.map(lakeKey))];
  if (keys.length === 0) return [];
  return [`${keys.length} files are no whole Parquet files and are left out, such as ${keys[0]}`];
}

/** A bucket is asked for the whole range at once: a request gives a thousand keys, and a day has far fewer. */
async function listsUsageOnce(files: LakeFiles, firstMs: number, endMs: number): Promise<LakeFiles['list']> {
  const usage = await files.list('usage', firstMs, endMs);
  return async (table, fromMs, toMs) =>
    table === 'usage'
      ? usage.filter(({ hourStartMs }) => hourStartMs >= fromMs && hourStartMs < toMs)
      : await files.list(table, fromMs, toMs);
}

/**
 * Finds the files that a range needs. Two hours ahead of it are read: one whose last values reach into the range, and the one before,
 * on whose values the former's growth rests; and the hour after it, in which a growth or an end may become visible. Samples are only
 * needed where parts overlap.
 */
export async function findCostFiles(
  lake: Engine,
  { list, open }: Pick<LakeFiles, 'list'> & { open: OpenFiles },
  fromMs: number,
  toMs: number,
): Promise<CostFiles & { damaged: FoundFile[] }> {
  const { whole: usage, damaged } = await splitWhole(await open(await list('usage', fromMs - AHEAD_MS, toMs + HOUR_MS)));
  if (usage.length === 0) return { usage, samples: [], damaged };
  const overlaps = await lake.query<{ cluster: string; hour_ms: number }>(overlapSql(usage));
  if (overlaps.length === 0) return { usage, samples: [], damaged };
  const wanted = new Set(overlaps.map(({ cluster, hour_ms }) => `${cluster} ${hour_ms}`));
  const listed = await list('samples', fromMs - AHEAD_MS, toMs + HOUR_MS);
  const needed = listed.filter(({ account, region, cluster, hourStartMs }) => wanted.has(`${account}/${region}/${cluster} ${hourStartMs}`));
  const samples = await splitWhole(await open(needed));
  return { usage, samples: samples.whole, damaged: [...damaged, ...samples.damaged] };
}
