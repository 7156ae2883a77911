import { HOUR_MS } from '@tallyship/shared/contracts/lake-key';
import { type CostAnswer, type CostQuery, costAnswer, type FoundRow } from './cost-answer.ts';
import { type CostFiles, costSql, overlapSql } from './cost-sql.ts';
import { DamagedFiles, type Engine } from './damaged-files.ts';
import { interleavedClusters } from './interleaved-senders.ts';
import type { FoundFile, LakeFiles, OpenFiles } from './lake-files.ts';
import { priceSchedule } from './price-schedule.ts';
import type { PriceTable } from './price-table.ts';
import { labelPaths, type TeamRules, teamRuleRows } from './team-rules.ts';

export type { CostAnswer, CostKind, CostQuery, CostRow, Coverage, IncompleteHour, Unpriced } from './cost-answer.ts';
export type { Group } from './cost-groups.ts';
export type { Step } from './cost-sql.ts';

type Params = Record<string, string | number | null>;
/** `damaged` is what is known of damaged files; without it nothing is remembered from one query to the next. */
export type CostSource = { files: LakeFiles; prices: PriceTable; teams: TeamRules; damaged?: DamagedFiles };

const DAY_MS = 24 * HOUR_MS;
const AHEAD_MS = 2 * HOUR_MS;

/**
 * Prices the lake's usage over a range, a UTC day at a time, so that memory does not grow with the range. An empty lake, or one without
 * the tables, gives an empty answer; damaged files are left out, and their hours named.
 * @throws the engine's error; RangeError when the range is not made of whole hours
 */
export async function queryCosts(lake: Engine, source: CostSource, query: CostQuery): Promise<CostAnswer> {
  const { files, damaged = new DamagedFiles() } = source;
  const { fromMs, toMs, group } = query;
  if (fromMs % HOUR_MS !== 0 || toMs % HOUR_MS !== 0 || fromMs >= toMs)
    throw new RangeError('a cost range is made of whole hours, from < to');
  const params: Params = { prices: JSON.stringify(priceSchedule(source.prices)) };
  if (group.kind === 'label') [params.label_path, params.other_label_path] = labelPaths(group.key);
  if (group.kind === 'team') params.team_rules = JSON.stringify(teamRuleRows(source.teams));
  const list = await listsUsageOnce(files, fromMs - AHEAD_MS, toMs + HOUR_MS);
  const found: FoundRow[] = [];
  const leftOut: FoundFile[] = [];
  for (let dayMs = fromMs; dayMs < toMs; dayMs = Math.floor(dayMs / DAY_MS) * DAY_MS + DAY_MS) {
    const endMs = Math.min(toMs, Math.floor(dayMs / DAY_MS) * DAY_MS + DAY_MS);
    await files.reading(async (open) => {
      const needed = await findCostFiles(lake, { list, open }, dayMs, endMs, damaged);
      const answer = await damaged.reading(lake, [...needed.usage, ...needed.samples], (whole) =>
        costRows(lake, whole, query, { ...params, from_ms: dayMs, to_ms: endMs }),
      );
      found.push(...answer.rows);
      leftOut.push(...needed.damaged, ...answer.damaged);
    });
  }
  const interleaved = await interleavedClusters(lake, { files, damaged }, fromMs, toMs);
  return costAnswer(found, query, source.prices, { interleaved, leftOut });
}

async function costRows(lake: Engine, files: readonly FoundFile[], { step, group }: CostQuery, params: Params): Promise<FoundRow[]> {
  const [usage, samples] = ['usage', 'samples'].map((table) => files.filter((file) => file.table === table)) as [FoundFile[], FoundFile[]];
  return usage.length === 0 ? [] : await lake.query<FoundRow>(costSql({ usage, samples }, step, group), params);
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
  damaged = new DamagedFiles(),
): Promise<CostFiles & { damaged: FoundFile[] }> {
  const listed = await open(await list('usage', fromMs - AHEAD_MS, toMs + HOUR_MS));
  const usage = await damaged.reading(lake, listed, (files) => lake.query<{ cluster: string; hour_ms: number }>(overlapSql(files)));
  const found = { usage: usage.whole, samples: [], damaged: usage.damaged };
  if (usage.rows.length === 0) return found;
  const wanted = new Set(usage.rows.map(({ cluster, hour_ms }) => `${cluster} ${hour_ms}`));
  const samples = await list('samples', fromMs - AHEAD_MS, toMs + HOUR_MS);
  const needed = samples.filter(({ account, region, cluster, hourStartMs }) =>
    wanted.has(`${account}/${region}/${cluster} ${hourStartMs}`),
  );
  return { ...found, samples: await open(needed) };
}
