import { readFile } from 'node:fs/promises';
import { PriceFileError, type PriceRow, parsePriceFile, type Shape } from './price-file.ts';

/** Price rows with every instance's shape filled in, and the weights that split a node's price. */
export type PriceTable = { rows: readonly PriceRow[]; weights: Weights };
/** Reference cost of one vCPU, GiB and GPU for an hour. Only their ratio matters. */
export type Weights = { vcpu: number; memory: number; gpu: number };
export type PriceKey = Pick<PriceRow, 'kind' | 'type' | 'region' | 'purchase'>;
/** A price with the hours it holds for: `fromMs <= hour < toMs`. `validFromMs` lies after `fromMs` where the first row stands in for the past. */
export type PricePeriod = PriceRow & { fromMs: number; toMs: number };

const LIST_PRICES = new URL('./prices/us-east-1.csv', import.meta.url);
const BEGIN_MS = -8_640_000_000_000_000;
const END_MS = 8_640_000_000_000_000;

/**
 * Loads the list prices and, when given, the owner's own file over them.
 * @throws PriceFileError naming file, line and column
 */
export async function loadPriceTable(overrideFile?: string): Promise<PriceTable> {
  const list = parsePriceFile(await readFile(LIST_PRICES, 'utf8'), 'us-east-1.csv');
  if (overrideFile === undefined || overrideFile === '') return priceTable(list);
  const text = await readFile(overrideFile, 'utf8').catch((cause) => {
    throw new PriceFileError(`price file ${overrideFile} cannot be read`, { cause });
  });
  return priceTable(list, parsePriceFile(text, overrideFile));
}

/**
 * Puts the rows of `override` over `base`. From the first date on that the override prices a key, its rows alone count: a newer
 * list price does not push out the owner's own.
 */
export function priceTable(base: readonly PriceRow[], override: readonly PriceRow[] = []): PriceTable {
  const ownFrom = new Map<string, number>();
  for (const row of override) ownFrom.set(keyText(row), Math.min(row.validFromMs, ownFrom.get(keyText(row)) ?? END_MS));
  const kept = base.filter((row) => row.validFromMs < (ownFrom.get(keyText(row)) ?? END_MS));
  const rows = [...kept, ...override];
  const shapes = new Map(rows.flatMap((row) => (row.shape ? [[row.type, row.shape] as const] : [])));
  return { rows: rows.map((row) => withShape(row, shapes)), weights: weightsOf(rows) };
}

/**
 * The price of an hour: the newest one that was valid by then. An hour before all of them gets the oldest.
 * @returns undefined when the table has no row of that key
 */
export function choosePrice(table: PriceTable, key: PriceKey, hourMs: number): PricePeriod | undefined {
  return pricePeriods(table.rows.filter((row) => keyText(row) === keyText(key))).find(
    (period) => period.fromMs <= hourMs && hourMs < period.toMs,
  );
}

/** Lays the rows of one key end to end in time. Of two rows with the same date the later one in the file counts. */
export function pricePeriods(rowsOfOneKey: readonly PriceRow[]): PricePeriod[] {
  const byDate = [...new Map(rowsOfOneKey.map((row) => [row.validFromMs, row])).values()].sort((a, b) => a.validFromMs - b.validFromMs);
  return byDate.map((row, i) => ({
    ...row,
    fromMs: i === 0 ? BEGIN_MS : row.validFromMs,
    toMs: byDate[i + 1]?.validFromMs ?? END_MS,
  }));
}

export function keyText({ kind, type, region, purchase }: PriceKey): string {
  return [kind, type, region, purchase].join('|');
}

function withShape(row: PriceRow, shapes: ReadonlyMap<string, Shape>): PriceRow {
  if (row.kind !== 'instance' || row.shape) return row;
  const shape = shapes.get(row.type);
  if (!shape) throw new PriceFileError(`instance type ${row.type} is in no other row: give its vcpu and memory_gib`);
  return { ...row, shape };
}

function weightsOf(rows: readonly PriceRow[]): Weights {
  const weight = (type: keyof Weights): number => {
    const row = rows.findLast((row) => row.kind === 'weight' && row.type === type);
    if (!row || row.usd <= 0) throw new PriceFileError(`the price table needs a weight above 0 for ${type}`);
    return row.usd;
  };
  return { vcpu: weight('vcpu'), memory: weight('memory'), gpu: weight('gpu') };
}
