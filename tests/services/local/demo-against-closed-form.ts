import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CostAnswer, CostRow } from '@tallyship/cost/cost-query';
import { choosePrice, loadPriceTable, type PriceTable } from '@tallyship/cost/price-table';
import { type ClosedForm, type ClosedFormEvents, type ClosedFormPrices, closedFormCosts } from '../../support/closed-form.ts';

export const DEMO = fileURLToPath(new URL('../../../services/local/demo.ts', import.meta.url));
const HOURS_PER_MONTH = 730;
const TOTAL_TOLERANCE = 0.005;
const NAMESPACE_TOLERANCE = 0.01;

export type DemoRun = { events: ClosedFormEvents; expected: ClosedForm; answer: CostAnswer; stderr: string };

/** Runs the demo as a user does and computes what its event list must cost. */
export async function runDemoProcess(hours: number, seed: number): Promise<DemoRun> {
  const dir = await mkdtemp(join(tmpdir(), 'tallyship-demo-test-'));
  try {
    const eventsFile = join(dir, 'events.json');
    const args = [DEMO, '--once', '--json', '--hours', String(hours), '--seed', String(seed), '--events', eventsFile];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 });
    const events = JSON.parse(await readFile(eventsFile, 'utf8')) as ClosedFormEvents;
    const expected = closedFormCosts(events, pricesFor(await loadPriceTable(), events));
    return { events, expected, answer: JSON.parse(stdout) as CostAnswer, stderr };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The total within 0.5 %; each namespace, idle and system within 1 %. */
export function assertCostsMatch({ answer, expected }: DemoRun): void {
  const lines = { ...expected.namespaces, '(idle)': expected.idle, '(system)': expected.system };
  const sums = new Map<string, number>();
  for (const row of answer.rows) sums.set(lineOf(row), (sums.get(lineOf(row)) ?? 0) + (row.totalCost ?? Number.NaN));
  assert.deepEqual([...sums.keys()].sort(), Object.keys(lines).sort());
  const faults = Object.entries(lines)
    .map(([name, usd]) => ({ name, usd, off: (sums.get(name) as number) / usd - 1 }))
    .filter(({ off }) => !(Math.abs(off) <= NAMESPACE_TOLERANCE))
    .map(({ name, usd, off }) => `${name}: ${sums.get(name)?.toFixed(4)} instead of ${usd.toFixed(4)} USD (${(off * 100).toFixed(2)} %)`);
  assert.deepEqual(faults, []);
  const off = answer.total / expected.total - 1;
  assert.ok(Math.abs(off) <= TOTAL_TOLERANCE, `total ${answer.total} instead of ${expected.total} USD (${(off * 100).toFixed(3)} %)`);
}

function lineOf({ kind, group }: CostRow): string {
  return kind === 'idle' || kind === 'system' ? `(${kind})` : group;
}

function pricesFor(table: PriceTable, events: ClosedFormEvents): ClosedFormPrices {
  const price = (kind: string, type: string, purchase: string) => {
    const found = choosePrice(table, { kind, type, region: 'us-east-1', purchase } as Parameters<typeof choosePrice>[1], events.fromMs);
    assert.ok(found, `no price of ${kind} ${type}`);
    return found;
  };
  const types = [...new Set(events.nodes.map(({ instanceType }) => instanceType))];
  const instances = types.map((type) => {
    const { usd, shape } = price('instance', type, 'on-demand');
    return [type, { usdPerHour: usd, vcpu: shape?.vcpu ?? 0, memoryGib: shape?.memoryGib ?? 0 }] as const;
  });
  return {
    instances: Object.fromEntries(instances),
    weights: { vcpu: table.weights.vcpu, memoryGib: table.weights.memory },
    volumeUsdPerGibHour: price('volume', 'gp3', '').usd / HOURS_PER_MONTH,
    loadBalancerUsdPerHour: price('load-balancer', 'standard', '').usd,
  };
}
