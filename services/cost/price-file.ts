import { z } from 'zod';

export const PRICE_KINDS = ['instance', 'volume', 'load-balancer', 'nat-gateway', 'weight'] as const;
export type PriceKind = (typeof PRICE_KINDS)[number];

/** One row of a price file. `usd` is per hour, for volumes per GiB-month; the shape (vcpu, GiB, GPUs) belongs to instances alone. */
export type PriceRow = {
  kind: PriceKind;
  type: string;
  region: string;
  purchase: string;
  usd: number;
  unit: string;
  shape: Shape | undefined;
  validFromMs: number;
  source: string;
};
export type Shape = { vcpu: number; memoryGib: number; gpu: number };

export class PriceFileError extends Error {
  override name = 'PriceFileError';
}

const COLUMNS = ['kind', 'type', 'region', 'purchase', 'usd', 'unit', 'vcpu', 'memory_gib', 'gpu', 'valid_from', 'source'] as const;
const UNITS: Record<PriceKind, RegExp> = {
  instance: /^USD\/hour$/,
  volume: /^USD\/GiB-month$/,
  'load-balancer': /^USD\/hour$/,
  'nat-gateway': /^USD\/hour$/,
  weight: /^USD\/(vcpu|memory|gpu)-hour$/,
};

const amount = z
  .string()
  .regex(/^[0-9]+(\.[0-9]+)?$/, 'is not a plain decimal number')
  .transform(Number);
const optionalAmount = z.union([z.literal('').transform(() => undefined), amount], 'is neither empty nor a plain decimal number');
const rowSchema = z
  .object({
    kind: z.enum(PRICE_KINDS, `is not one of ${PRICE_KINDS.join(', ')}`),
    type: z.string().min(1, 'is empty'),
    region: z.string().min(1, 'is empty'),
    purchase: z.string(),
    usd: amount,
    unit: z.string(),
    vcpu: optionalAmount,
    memory_gib: optionalAmount,
    gpu: optionalAmount,
    valid_from: z.iso.date('is not a date such as 2026-07-06'),
    source: z.string().min(1, 'is empty: say where the price comes from'),
  })
  .refine((row) => UNITS[row.kind].test(row.unit), { path: ['unit'], message: 'does not fit the kind' })
  .refine((row) => row.kind !== 'instance' || row.purchase !== '', { path: ['purchase'], message: 'is empty' });

/**
 * Reads a price file: CSV with the columns of `services/cost/prices/us-east-1.csv`, in any order.
 * @param name what errors call the file
 * @throws PriceFileError with every fault at once, each with its line
 */
export function parsePriceFile(text: string, name: string): PriceRow[] {
  const [header, ...lines] = csvLines(text);
  if (!header) throw new PriceFileError(`${name} is empty`);
  const missing = COLUMNS.filter((column) => !header.cells.includes(column));
  if (missing.length > 0) throw new PriceFileError(`${name} lacks the columns ${missing.join(', ')}`);
  const faults: string[] = [];
  const rows = lines.flatMap(({ number, cells }) => {
    const parsed = rowSchema.safeParse(Object.fromEntries(header.cells.map((column, i) => [column, cells[i] ?? ''])));
    if (parsed.success) return [priceRow(parsed.data)];
    faults.push(...parsed.error.issues.map((issue) => `${name} line ${number}: ${issue.path.join('.')} ${issue.message}`));
    return [];
  });
  if (faults.length > 0) throw new PriceFileError(faults.join('\n'));
  return rows;
}

function priceRow(row: z.output<typeof rowSchema>): PriceRow {
  const { kind, type, region, purchase, usd, unit, source } = row;
  const shape =
    row.vcpu === undefined || row.memory_gib === undefined ? undefined : { vcpu: row.vcpu, memoryGib: row.memory_gib, gpu: row.gpu ?? 0 };
  return { kind, type, region, purchase, usd, unit, shape, validFromMs: Date.parse(row.valid_from), source };
}

/** RFC 4180 without line breaks inside quotes, which no column of this file needs. */
function csvLines(text: string): { number: number; cells: string[] }[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, i) => ({ number: i + 1, line }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ number, line }) => ({
      number,
      cells: [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, bare]) =>
        quoted === undefined ? (bare ?? '').trim() : quoted.replaceAll('""', '"'),
      ),
    }));
}
