import { HOUR_MS } from '@tallyship/shared/contracts/lake-key';
import type { Group } from './cost-groups.ts';
import { type CostFiles, costSql, overlapSql, type Step } from './cost-sql.ts';
import { listLakeFiles } from './lake-files.ts';
import { priceSchedule } from './price-schedule.ts';
import type { PriceTable } from './price-table.ts';
import { labelPaths, type TeamRules, teamRuleRows } from './team-rules.ts';

export type { Group } from './cost-groups.ts';
export type { Step } from './cost-sql.ts';

/** The range is [fromMs, toMs), UTC, whole hours. */
export type CostQuery = { fromMs: number; toMs: number; step: Step; group: Group };
export type CostKind = 'workload' | 'idle' | 'system' | 'volume' | 'load-balancer' | 'unpriced';

/** A group's cost in a step, USD. NULL is "not known"; `reason` then says why. Quantities are what was charged for, before overcommit scaling. */
export type CostRow = {
  stepStartMs: number;
  /** account/region/cluster */
  cluster: string;
  kind: CostKind;
  group: string;
  cpuCost: number | null;
  memoryCost: number | null;
  gpuCost: number | null;
  storageCost: number | null;
  loadBalancerCost: number | null;
  totalCost: number | null;
  reason: string | null;
  /** cost after scaling to the nodes' allocatable resources ÷ cost before; 1 where no node was overcommitted */
  overcommitFactor: number | null;
  cpuCoreHours: number;
  cpuUsedCoreHours: number;
  cpuRequestedCoreHours: number;
  memoryGiBHours: number;
  memoryUsedGiBHours: number;
  memoryRequestedGiBHours: number;
  gpuHours: number;
  storageGiBHours: number;
};

export type Coverage = {
  hoursExpected: number;
  /** hours of the range in which at least one cluster shows its nodes */
  hoursWithData: number;
  clusters: { cluster: string; hoursWithData: number; firstHourMs: number }[];
};
export type Unpriced = { cluster: string; kind: 'node' | 'attached'; name: string; reason: string; hours: number; firstHourMs: number };
export type CostAnswer = {
  rows: CostRow[];
  /** USD, over all rows whose cost is known */
  total: number;
  /** date of the newest price in use, YYYY-MM-DD; of the whole table when none was used */
  priceDate: string;
  coverage: Coverage;
  unpriced: Unpriced[];
  warnings: string[];
  /** what the numbers leave out, whatever the data */
  notes: string[];
};

type Params = Record<string, string | number | null>;
type Engine = { query<Row>(sql: string, params?: Params): Promise<Row[]> };
export type CostSource = { dir: string; prices: PriceTable; teams: TeamRules };

const NOTES = [
  'Costs are list-price estimates unless the price table says otherwise.',
  'Network bytes and NAT gateways are not priced: no flow source says where the bytes went.',
];

const DAY_MS = 24 * HOUR_MS;

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
  const found: Found[] = [];
  for (let dayMs = fromMs; dayMs < toMs; dayMs = Math.floor(dayMs / DAY_MS) * DAY_MS + DAY_MS) {
    const endMs = Math.min(toMs, Math.floor(dayMs / DAY_MS) * DAY_MS + DAY_MS);
    const files = await findCostFiles(lake, source.dir, dayMs, endMs);
    if (files.usage.length === 0) continue;
    found.push(...(await lake.query<Found>(costSql(files, query.step, group), { ...params, from_ms: dayMs, to_ms: endMs })));
  }
  return answer(sumDays(found), query, source.prices);
}

/**
 * Finds the files that a range needs. Two hours ahead of it are read: one whose last values reach into the range, and the one before,
 * on whose values the former's growth rests; and the hour after it, in which a growth or an end may become visible. Samples are only
 * needed where parts overlap.
 */
export async function findCostFiles(lake: Engine, dir: string, fromMs: number, toMs: number): Promise<CostFiles> {
  const usage = await listLakeFiles(dir, 'usage', fromMs - 2 * HOUR_MS, toMs + HOUR_MS);
  if (usage.length === 0) return { usage, samples: [] };
  const overlaps = await lake.query<{ cluster: string; hour_ms: number }>(overlapSql(usage));
  if (overlaps.length === 0) return { usage, samples: [] };
  const wanted = new Set(overlaps.map(({ cluster, hour_ms }) => `${cluster} ${hour_ms}`));
  const samples = await listLakeFiles(dir, 'samples', fromMs - 2 * HOUR_MS, toMs + HOUR_MS);
  return {
    usage,
    samples: samples.filter(({ account, region, cluster, hourStartMs }) => wanted.has(`${account}/${region}/${cluster} ${hourStartMs}`)),
  };
}

type Found = {
  section: 'cost' | 'coverage' | 'unpriced' | 'prices' | 'suspects';
  step_ms: number;
  cluster: string;
  kind: string;
  grp: string;
  reason: string | null;
  cpu_cost: number | null;
  memory_cost: number | null;
  gpu_cost: number | null;
  storage_cost: number | null;
  load_balancer_cost: number | null;
  full_cost: number | null;
  cpu_s: number;
  memory_s: number;
  gpu_s: number;
  used_cpu_s: number;
  requested_cpu_s: number;
  used_memory_s: number;
  requested_memory_s: number;
  storage_byte_s: number;
  hours: number;
};

/** Puts the rows of the days together where a step, or a thing that has no price, goes over several. */
function sumDays(found: readonly Found[]): Found[] {
  const sums = new Map<string, Found>();
  for (const row of found) {
    const isOfStep = row.section === 'cost' || row.section === 'prices';
    const key = JSON.stringify([row.section, isOfStep ? row.step_ms : 0, row.cluster, row.kind, row.grp, row.reason]);
    const sum = sums.get(key);
    if (!sum) {
      sums.set(key, { ...row });
      continue;
    }
    for (const amount of AMOUNTS) sum[amount] = row[amount] === null ? sum[amount] : (sum[amount] ?? 0) + row[amount];
    for (const quantity of QUANTITIES) sum[quantity] += row[quantity];
  }
  return [...sums.values()];
}

const AMOUNTS = ['cpu_cost', 'memory_cost', 'gpu_cost', 'storage_cost', 'load_balancer_cost', 'full_cost'] as const;
const QUANTITIES = [
  'cpu_s',
  'memory_s',
  'gpu_s',
  'used_cpu_s',
  'requested_cpu_s',
  'used_memory_s',
  'requested_memory_s',
  'storage_byte_s',
  'hours',
] as const;

function answer(found: readonly Found[], query: CostQuery, prices: PriceTable): CostAnswer {
  const of = (section: Found['section']) => found.filter((row) => row.section === section);
  const rows = of('cost').map(costRow);
  const coverage = of('coverage').map(({ cluster, hours, step_ms }) => ({ cluster, hoursWithData: hours, firstHourMs: step_ms }));
  return {
    rows,
    total: rows.reduce((sum, row) => sum + (row.totalCost ?? 0), 0),
    priceDate: isoDate(priceDateMs(of('prices'), prices)),
    coverage: {
      hoursExpected: (query.toMs - query.fromMs) / HOUR_MS,
      hoursWithData: coverage.find(({ cluster }) => cluster === '')?.hoursWithData ?? 0,
      clusters: coverage.filter(({ cluster }) => cluster !== ''),
    },
    unpriced: of('unpriced').map(({ cluster, kind, grp, reason, hours, step_ms }) => ({
      cluster,
      kind: kind as Unpriced['kind'],
      name: grp,
      reason: reason ?? '',
      hours,
      firstHourMs: step_ms,
    })),
    warnings: [...of('prices').flatMap(backdatedWarning), ...of('suspects').map(suspectWarning)],
    notes: NOTES,
  };
}

const GIB_HOUR = 1_073_741_824 * 3600;

function costRow(row: Found): CostRow {
  const parts = [row.cpu_cost, row.memory_cost, row.gpu_cost, row.storage_cost, row.load_balancer_cost];
  const isKnown = row.kind !== 'unpriced';
  const total = isKnown ? parts.reduce<number>((sum, part) => sum + (part ?? 0), 0) : null;
  return {
    stepStartMs: row.step_ms,
    cluster: row.cluster,
    kind: row.kind as CostKind,
    group: row.grp,
    cpuCost: row.cpu_cost,
    memoryCost: row.memory_cost,
    gpuCost: row.gpu_cost,
    storageCost: row.storage_cost,
    loadBalancerCost: row.load_balancer_cost,
    totalCost: total,
    reason: row.reason,
    overcommitFactor: total === null || row.full_cost === null ? null : row.full_cost > 0 ? total / row.full_cost : 1,
    cpuCoreHours: row.cpu_s / 3600,
    cpuUsedCoreHours: row.used_cpu_s / 3600,
    cpuRequestedCoreHours: row.requested_cpu_s / 3600,
    memoryGiBHours: row.memory_s / GIB_HOUR,
    memoryUsedGiBHours: row.used_memory_s / GIB_HOUR,
    memoryRequestedGiBHours: row.requested_memory_s / GIB_HOUR,
    gpuHours: row.gpu_s / 3600,
    storageGiBHours: row.storage_byte_s / GIB_HOUR,
  };
}

function priceDateMs(used: readonly Found[], prices: PriceTable): number {
  const dates = used.length > 0 ? used.map((row) => row.step_ms) : prices.rows.map((row) => row.validFromMs);
  return dates.reduce((a, b) => Math.max(a, b));
}

function backdatedWarning({ step_ms, hours }: Found): string[] {
  if (hours === 0) return [];
  return [`${hours} hours lie before ${isoDate(step_ms)}, the date of their oldest price; that price was used`];
}

function suspectWarning({ cluster, hours }: Found): string {
  return `cluster ${cluster}: ${hours} CPU counters fall back every few samples in an hour; is it an HA pair of Prometheus without its replica label?`;
}

function isoDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
