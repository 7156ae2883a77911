import { openLake } from '../../services/console/duckdb-lake.ts';
import { type CostAnswer, type CostRow, type Group, queryCosts } from '../../services/cost/cost-query.ts';
import { folderFiles } from '../../services/cost/lake-files.ts';
import { loadPriceTable } from '../../services/cost/price-table.ts';
import { DEFAULT_TEAM_RULES } from '../../services/cost/team-rules.ts';
import { type Cell, lakeRows } from '../support/load-lake.ts';

/** Costs of a lake folder by the hour. */
export async function costsOf(dir: string, fromMs: number, toMs: number, group: Group['kind'] & string): Promise<CostAnswer> {
  const lake = await openLake(dir, { threads: 2 });
  try {
    const source = { files: folderFiles(dir), prices: await loadPriceTable(), teams: DEFAULT_TEAM_RULES };
    return await queryCosts(lake, source, { fromMs, toMs, step: 'hour', group: { kind: group } as Group });
  } finally {
    await lake.close();
  }
}

/** A replica's name in files carries an epoch of its log. */
export function withoutEpoch(replica: string): string {
  return replica.replace(/\.[0-9a-z]{9}$/, '');
}

const NUMBERS = [
  'cpuCost',
  'memoryCost',
  'gpuCost',
  'storageCost',
  'loadBalancerCost',
  'totalCost',
  'overcommitFactor',
  'cpuCoreHours',
  'cpuUsedCoreHours',
  'cpuRequestedCoreHours',
  'memoryGiBHours',
  'memoryUsedGiBHours',
  'memoryRequestedGiBHours',
  'gpuHours',
  'storageGiBHours',
] as const satisfies (keyof CostRow)[];

/** @returns how two answers differ by more than `tolerance`, relative; rows that only one of them has are faults too */
export function costFaults(answer: CostAnswer, expected: CostAnswer, tolerance: number): string[] {
  const nameOf = (row: CostRow) => `${new Date(row.stepStartMs).toISOString()} ${row.kind} ${row.group} ${row.reason ?? ''}`;
  const rows = new Map(answer.rows.map((row) => [nameOf(row), row]));
  const faults = expected.rows.flatMap((wanted) => {
    const row = rows.get(nameOf(wanted));
    if (!row) return [`${nameOf(wanted)} is absent`];
    return NUMBERS.filter((name) => isOff(row[name], wanted[name], tolerance)).map(
      (name) => `${nameOf(wanted)}: ${name} ${row[name]} instead of ${wanted[name]}`,
    );
  });
  if (rows.size !== expected.rows.length) faults.push(`${rows.size} rows instead of ${expected.rows.length}`);
  if (isOff(answer.total, expected.total, tolerance)) faults.push(`total ${answer.total} instead of ${expected.total}`);
  return faults;
}

/** Samples of a lake: rows, and distinct ones by series, time and bits. */
export async function countSamples(lakeDir: string): Promise<{ rows: number; distinct: number }> {
  const sql = `SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT * FROM (${samplesOf(lakeDir)}))) FROM (${samplesOf(lakeDir)})`;
  const [rows, distinct] = await firstRow(sql);
  return { rows: Number(rows), distinct: Number(distinct) };
}

/** How many samples of a lake another one does not have. */
export async function countMissing(lakeDir: string, otherDir: string): Promise<number> {
  const [missing] = await firstRow(`SELECT count(*) FROM (${samplesOf(lakeDir)} EXCEPT ${samplesOf(otherDir)})`);
  return Number(missing);
}

const samplesOf = (dir: string) => `SELECT series_id, ts, value::BIT AS bits FROM read_parquet('${dir}/samples/v1/**/*.parquet')`;

async function firstRow(sql: string): Promise<Cell[]> {
  for await (const row of lakeRows('', sql)) return row;
  throw new Error('no row');
}

function isOff(value: number | null, expected: number | null, tolerance: number): boolean {
  if (value === null || expected === null) return value !== expected;
  return !(Math.abs(value - expected) <= tolerance * Math.max(Math.abs(expected), 1e-9));
}
