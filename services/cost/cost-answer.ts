import { HOUR_MS, type LakeFile, lakeKey } from '@tallyship/shared/contracts/lake-key';
import type { Group } from './cost-groups.ts';
import type { Step } from './cost-sql.ts';
import type { PriceTable } from './price-table.ts';

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
  /** hours of which damaged files were left out, those just outside the range that reach into it too */
  incomplete: IncompleteHour[];
};
/** `keys` are those of the damaged files. */
export type IncompleteHour = { cluster: string; hourMs: number; keys: string[] };
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

/** A row of the cost SQL; `section` says which part of the answer it belongs to. */
export type FoundRow = {
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

const SHOWN_HOURS = 3;

const NOTES = [
  'Costs are list-price estimates unless the price table says otherwise.',
  'Network bytes and NAT gateways are not priced: no flow source says where the bytes went.',
];

/**
 * Makes the answer of the rows that the days gave.
 * @param interleaved clusters whose samples look like those of an HA pair without its label
 * @param leftOut damaged files
 */
export function costAnswer(
  days: readonly FoundRow[],
  query: CostQuery,
  prices: PriceTable,
  { interleaved, leftOut }: { interleaved: readonly string[]; leftOut: readonly LakeFile[] },
): CostAnswer {
  const found = sumDays(days);
  const of = (section: FoundRow['section']) => found.filter((row) => row.section === section);
  const rows = of('cost').map(costRow);
  const incomplete = incompleteHours(leftOut);
  const coverage = of('coverage').map(({ cluster, hours, step_ms }) => ({ cluster, hoursWithData: hours, firstHourMs: step_ms }));
  return {
    rows,
    total: rows.reduce((sum, row) => sum + (row.totalCost ?? 0), 0),
    priceDate: isoDate(priceDateMs(of('prices'), prices)),
    coverage: {
      hoursExpected: (query.toMs - query.fromMs) / HOUR_MS,
      hoursWithData: coverage.find(({ cluster }) => cluster === '')?.hoursWithData ?? 0,
      clusters: coverage.filter(({ cluster }) => cluster !== ''),
      incomplete,
    },
    unpriced: of('unpriced').map(({ cluster, kind, grp, reason, hours, step_ms }) => ({
      cluster,
      kind: kind as Unpriced['kind'],
      name: grp,
      reason: reason ?? '',
      hours,
      firstHourMs: step_ms,
    })),
    warnings: [
      ...of('prices').flatMap(backdatedWarning),
      ...of('suspects').map(suspectWarning),
      ...interleaved.map(pairWarning),
      ...damageWarning(incomplete),
    ],
    notes: NOTES,
  };
}

/** Puts the rows of the days together where a step, or a thing that has no price, goes over several. */
function sumDays(found: readonly FoundRow[]): FoundRow[] {
  const sums = new Map<string, FoundRow>();
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

const GIB_HOUR = 1_073_741_824 * 3600;

function costRow(row: FoundRow): CostRow {
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

function incompleteHours(leftOut: readonly LakeFile[]): IncompleteHour[] {
  const hours = new Map<string, IncompleteHour>();
  for (const file of leftOut) {
    const cluster = `${file.account}/${file.region}/${file.cluster}`;
    const name = `${file.hourStartMs} ${cluster}`;
    const hour = hours.get(name) ?? { cluster, hourMs: file.hourStartMs, keys: [] };
    hours.set(name, hour);
    // The days of a query overlap by a few hours.
    if (!hour.keys.includes(lakeKey(file))) hour.keys.push(lakeKey(file));
  }
  return [...hours.values()].sort((a, b) => a.hourMs - b.hourMs || (a.cluster < b.cluster ? -1 : 1));
}

function priceDateMs(used: readonly FoundRow[], prices: PriceTable): number {
  const dates = used.length > 0 ? used.map((row) => row.step_ms) : prices.rows.map((row) => row.validFromMs);
  return dates.reduce((a, b) => Math.max(a, b));
}

function backdatedWarning({ step_ms, hours }: FoundRow): string[] {
  if (hours === 0) return [];
  return [`${hours} hours lie before ${isoDate(step_ms)}, the date of their oldest price; that price was used`];
}

function suspectWarning({ cluster, hours }: FoundRow): string {
  return `cluster ${cluster}: ${hours} CPU counters fall back every few samples in an hour; is it an HA pair of Prometheus without its replica label?`;
}

function pairWarning(cluster: string): string {
  return `cluster ${cluster}: samples come in two interleaved rhythms, as from an HA pair of Prometheus without its replica label`;
}

/** One line for all of them: what is left out must be said, and a lake may hold many. */
function damageWarning(incomplete: readonly IncompleteHour[]): string[] {
  const keys = incomplete.flatMap((hour) => hour.keys);
  if (keys.length === 0) return [];
  const shown = incomplete.slice(0, SHOWN_HOURS).map(({ cluster, hourMs }) => `${cluster} ${new Date(hourMs).toISOString().slice(0, 16)}Z`);
  const hours = shown.join(', ') + (incomplete.length > SHOWN_HOURS ? ` and ${incomplete.length - SHOWN_HOURS} more` : '');
  const files = keys.length === 1 ? '1 damaged file is' : `${keys.length} damaged files are`;
  return [
    `${files} left out, costs are incomplete in ${hours}: ${keys[0]}${keys.length > 1 ? ', …' : ''} (docs/runbook.md, A damaged file)`,
  ];
}

function isoDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
