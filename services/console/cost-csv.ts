import type { CostAnswer, CostRow } from '@tallyship/cost/cost-query';
import { BASIS } from './cost-basis.ts';
import { isoTime } from './time-range.ts';

type Cell = string | number | null;

const COLUMNS: readonly { name: string; cell: (row: CostRow, answer: CostAnswer) => Cell }[] = [
  { name: 'step_start', cell: (row) => isoTime(row.stepStartMs) },
  { name: 'cluster', cell: (row) => row.cluster },
  { name: 'kind', cell: (row) => row.kind },
  { name: 'group', cell: (row) => row.group },
  { name: 'cpu_core_hours', cell: (row) => row.cpuCoreHours },
  { name: 'cpu_used_core_hours', cell: (row) => row.cpuUsedCoreHours },
  { name: 'cpu_requested_core_hours', cell: (row) => row.cpuRequestedCoreHours },
  { name: 'memory_gib_hours', cell: (row) => row.memoryGiBHours },
  { name: 'memory_used_gib_hours', cell: (row) => row.memoryUsedGiBHours },
  { name: 'memory_requested_gib_hours', cell: (row) => row.memoryRequestedGiBHours },
  { name: 'gpu_hours', cell: (row) => row.gpuHours },
  { name: 'storage_gib_hours', cell: (row) => row.storageGiBHours },
  { name: 'cpu_cost_usd', cell: (row) => row.cpuCost },
  { name: 'memory_cost_usd', cell: (row) => row.memoryCost },
  { name: 'gpu_cost_usd', cell: (row) => row.gpuCost },
  { name: 'storage_cost_usd', cell: (row) => row.storageCost },
  { name: 'load_balancer_cost_usd', cell: (row) => row.loadBalancerCost },
  { name: 'total_cost_usd', cell: (row) => row.totalCost },
  { name: 'overcommit_factor', cell: (row) => row.overcommitFactor },
  { name: 'reason', cell: (row) => row.reason },
  { name: 'basis', cell: () => BASIS },
  { name: 'price_date', cell: (_row, answer) => answer.priceDate },
];

/**
 * Rows as CSV (RFC 4180: CRLF, quotes doubled), a header first. An unknown cost is an empty field, never 0.
 * Text that a spreadsheet would run as a formula gets an apostrophe in front: names of pods and labels come from whoever made them.
 */
export function costCsv(answer: CostAnswer): string {
  const lines = answer.rows.map((row) => COLUMNS.map(({ cell }) => field(cell(row, answer))).join(','));
  return [COLUMNS.map(({ name }) => name).join(','), ...lines, ''].join('\r\n');
}

/** What a spreadsheet runs: it passes over spaces in front, and takes full-width signs for plain ones. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;

function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
