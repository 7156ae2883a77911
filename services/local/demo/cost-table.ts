import type { CostAnswer, CostRow } from '@tallyship/cost/cost-query';

const PARTS = ['cpuCost', 'memoryCost', 'storageCost', 'loadBalancerCost', 'totalCost'] as const;
type Part = (typeof PARTS)[number];
export type CostLine = { name: string } & Record<Part, number | null>;
export type TableAnswer = { rows: Pick<CostRow, 'kind' | 'group' | Part>[] };

/** What stands below the namespaces, in this order, whatever it costs. */
const SHARED_KINDS = ['idle', 'system', 'unpriced'];

/** One line a namespace over all steps, dearest first, then idle, system and unpriced, then the total. A cost that nobody knows stays null. */
export function costLines({ rows }: TableAnswer): CostLine[] {
  const lines = new Map<string, CostLine>();
  const total = emptyLine('total');
  for (const row of rows) {
    const name = SHARED_KINDS.includes(row.kind) ? `(${row.kind})` : row.group;
    const line = lines.get(name) ?? emptyLine(name);
    lines.set(name, line);
    for (const part of PARTS) {
      if (row[part] === null) continue;
      line[part] = (line[part] ?? 0) + row[part];
      total[part] = (total[part] ?? 0) + row[part];
    }
  }
  const rank = ({ name }: CostLine) => SHARED_KINDS.findIndex((kind) => name === `(${kind})`);
  return [...[...lines.values()].sort((a, b) => rank(a) - rank(b) || (b.totalCost ?? 0) - (a.totalCost ?? 0)), total];
}

/** The lines as text with aligned columns, amounts in USD. */
export function costTable(answer: TableAnswer): string {
  const head = ['namespace', 'CPU', 'memory', 'storage', 'load balancer', 'total USD'];
  const body = costLines(answer).map((line) => [line.name, ...PARTS.map((part) => usd(line[part]))]);
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((cells) => (cells[column] as string).length)));
  const format = (cells: string[]) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number))).join('  ');
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return `${[format(head), rule, ...body.slice(0, -1).map(format), rule, format(body.at(-1) as string[])].join('\n')}\n`;
}

/** What the numbers rest on and what they leave out, a line each. */
export function costFooter({
  priceDate,
  coverage,
  warnings,
  notes,
}: Pick<CostAnswer, 'priceDate' | 'coverage' | 'warnings' | 'notes'>): string {
  const basis = `List-price estimate, prices of ${priceDate}; ${coverage.hoursWithData} of ${coverage.hoursExpected} hours with data.`;
  return [basis, ...notes, ...warnings.map((warning) => `Warning: ${warning}`)].map((line) => `${line}\n`).join('');
}

const emptyLine = (name: string): CostLine => ({
  name,
  cpuCost: null,
  memoryCost: null,
  storageCost: null,
  loadBalancerCost: null,
  totalCost: null,
});
const usd = (cost: number | null) => (cost === null ? '-' : cost.toFixed(2));
