import type { DaySum } from './ledger.ts';

const COLUMNS = ['target', 'day', 'files', 'rows', 'bytes', 'tries'] as const;

/** The ledger's sums as a table: by target and day, then a line a target over all days. */
export function statusText(sums: readonly DaySum[]): string {
  const totals = [...Map.groupBy(sums, ({ target }) => target)].map(([target, days]) => {
    const total = (column: 'files' | 'rows' | 'bytes' | 'tries') => days.reduce((sum, day) => sum + day[column], 0);
    return { target, day: 'all', files: total('files'), rows: total('rows'), bytes: total('bytes'), tries: total('tries') };
  });
  const rows = [COLUMNS as readonly string[], ...[...sums, ...totals].map((sum) => COLUMNS.map((column) => String(sum[column])))];
  const widths = COLUMNS.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return `${rows.map((row) => row.map((text, index) => (index < 2 ? text.padEnd(widths[index] ?? 0) : text.padStart(widths[index] ?? 0))).join('  ')).join('\n')}\n`;
}
