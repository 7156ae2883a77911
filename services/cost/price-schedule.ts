import type { PriceRow, Shape } from './price-file.ts';
import { type PricePeriod, type PriceTable, pricePeriods, type Weights } from './price-table.ts';

/** What the cost SQL joins: one row per priced thing, the way it is bought, and period. Amounts are USD per hour (volumes: per byte and hour). */
export type ScheduledPrice = {
  kind: string;
  type: string;
  region: string;
  purchase: string;
  from_ms: number;
  to_ms: number;
  valid_from_ms: number;
  usd: number;
  cpu_usd: number;
  memory_usd: number;
  gpu_usd: number;
  vcpu: number;
  memory_bytes: number;
  gpu: number;
};

const GIB = 1_073_741_824;
/** The usual length of a billing month: 365 days x 24 h / 12. */
export const HOURS_PER_MONTH = 730;
/**
 * Which rows may price a node that is bought in a certain way, best first. Savings plans and capacity reservations pay for capacity
 * that Kubernetes calls on-demand or reserved; where the owner gave no such row the list price stands.
 */
const PURCHASES: Record<string, readonly string[]> = {
  'on-demand': ['savings', 'on-demand'],
  reserved: ['reserved', 'savings', 'on-demand'],
};

/** Turns a price table into rows that never overlap: at most one of them holds for a (kind, type, region, purchase) and hour. */
export function priceSchedule(table: PriceTable): ScheduledPrice[] {
  const schedule: ScheduledPrice[] = [];
  for (const rows of groupBy(table.rows, (row) => `${row.kind}|${row.type}|${row.region}`).values()) {
    if (rows[0].kind === 'weight') continue;
    const byPurchase = groupBy(rows, (row) => row.purchase);
    const purchases = rows[0].kind === 'instance' ? new Set([...Object.keys(PURCHASES), ...byPurchase.keys()]) : byPurchase.keys();
    for (const purchase of purchases) {
      const candidates = (PURCHASES[purchase] ?? [purchase]).map((name) => pricePeriods(byPurchase.get(name) ?? []));
      if (candidates.every((periods) => periods.length === 0)) continue;
      for (const period of bestPeriods(candidates)) schedule.push(scheduled(period, purchase, table.weights));
    }
  }
  return schedule;
}

/**
 * Cuts the time at every price's date and takes the best-ranked price that was valid by then; before the first date of all,
 * the best-ranked oldest one stands in.
 */
function bestPeriods(candidates: readonly PricePeriod[][]): PricePeriod[] {
  const present = candidates.filter((periods) => periods.length > 0);
  const cuts = [...new Set(present.flatMap((periods) => periods.map((period) => period.validFromMs)))].sort((a, b) => a - b);
  const starts = [present[0][0].fromMs, ...cuts];
  const ends = [...cuts, present[0][present[0].length - 1].toMs];
  return starts.map((fromMs, i) => {
    const holding = present.map((periods) => periods.find((period) => period.fromMs <= fromMs && fromMs < period.toMs) as PricePeriod);
    const valid = holding.find((period) => period.validFromMs <= fromMs);
    const oldest = holding.reduce((a, b) => (b.validFromMs < a.validFromMs ? b : a));
    return { ...(valid ?? oldest), fromMs, toMs: ends[i] };
  });
}

function scheduled(period: PricePeriod, purchase: string, weights: Weights): ScheduledPrice {
  const usd = period.kind === 'volume' ? period.usd / GIB / HOURS_PER_MONTH : period.usd;
  const shape = period.shape ?? { vcpu: 0, memoryGib: 0, gpu: 0 };
  const parts = splitNodePrice(usd, shape, weights);
  return {
    kind: period.kind,
    type: period.type,
    region: period.region,
    purchase,
    from_ms: period.fromMs,
    to_ms: period.toMs,
    valid_from_ms: period.validFromMs,
    usd,
    cpu_usd: parts.cpu,
    memory_usd: parts.memory,
    gpu_usd: parts.gpu,
    vcpu: shape.vcpu,
    memory_bytes: shape.memoryGib * GIB,
    gpu: shape.gpu,
  };
}

/** Splits a node's price by the weights of what it holds. The parts sum to the price; a shapeless thing has none. */
export function splitNodePrice(usd: number, shape: Shape, weights: Weights): { cpu: number; memory: number; gpu: number } {
  const cpu = shape.vcpu * weights.vcpu;
  const memory = shape.memoryGib * weights.memory;
  const gpu = shape.gpu * weights.gpu;
  const sum = cpu + memory + gpu;
  if (sum === 0) return { cpu: 0, memory: 0, gpu: 0 };
  return { cpu: (usd * cpu) / sum, memory: (usd * memory) / sum, gpu: (usd * gpu) / sum };
}

function groupBy(rows: readonly PriceRow[], key: (row: PriceRow) => string): Map<string, PriceRow[]> {
  const groups = new Map<string, PriceRow[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
}
