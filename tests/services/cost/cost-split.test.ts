import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openLake } from '../../../services/console/duckdb-lake.ts';
import { type CostAnswer, queryCosts } from '../../../services/cost/cost-query.ts';
import { folderFiles } from '../../../services/cost/lake-files.ts';
import { loadPriceTable, type PriceTable } from '../../../services/cost/price-table.ts';
import { type Route, temporaryDir, writeStreams } from '../../support/tiny-lake.ts';
import type { Stream } from '../../support/usage-model.ts';
import { clusterStreams, type ModelNode, type ModelPod } from '../../support/usage-model-cluster.ts';
import { modelCosts } from '../../support/usage-model-costs.ts';

const HOUR = 3_600_000;
const BASE = Date.UTC(2026, 6, 10, 9);
const HOURS = [BASE, BASE + HOUR, BASE + 2 * HOUR];
const EVERY = 240_000;
/** More by `PROPERTY_RUNS=500 npx mocha …`. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 8);
const CPU_PRICE = (0.096 * 2 * 0.031611) / (2 * 0.031611 + 8 * 0.004237);

let prices: PriceTable;

async function costsOf(streams: readonly Stream[], route?: Route): Promise<CostAnswer> {
  const { dir, remove } = await temporaryDir();
  const lake = await openLake(dir, { threads: 1 });
  try {
    await writeStreams(dir, streams, route ? { route } : {});
    const range = { fromMs: BASE, toMs: BASE + 3 * HOUR };
    return await queryCosts(lake, { files: folderFiles(dir), prices, teams: [] }, { ...range, step: 'hour', group: { kind: 'namespace' } });
  } finally {
    await lake.close();
    await remove();
  }
}

/** Lives and restarts at any second of the three hours, up to overcommitted nodes. */
const arbitraryCluster = fc
  .record({
    nodeEnds: fc.array(fc.integer({ min: 1800, max: 3 * 3600 }), { minLength: 1, maxLength: 2 }),
    pods: fc.array(
      fc.record({
        namespace: fc.constantFrom('shop', 'batch', 'ops'),
        node: fc.nat({ max: 1 }),
        from: fc.integer({ min: 0, max: 6000 }),
        life: fc.integer({ min: 30, max: 9000 }),
        requests: fc.tuple(fc.constantFrom(0.1, 0.5, 1.5), fc.constantFrom(0.25, 1, 5)),
        use: fc.tuple(fc.constantFrom(0, 0.05, 0.7, 2), fc.constantFrom(0.1, 1.5)),
        restart: fc.option(fc.integer({ min: 10, max: 90 })),
        isInit: fc.boolean(),
      }),
      { maxLength: 5 },
    ),
  })
  .map(({ nodeEnds, pods }) => {
    const nodes = nodeEnds.map(
      (end, i): ModelNode => ({
        name: `n${i}`,
        type: 'm6i.large',
        capacity: [2, 8],
        allocatable: [1.9, 7],
        fromMs: BASE + i * 1000,
        toMs: BASE + end * 1000,
      }),
    );
    const placed = pods.map((pod, i): ModelPod => {
      const node = nodes[pod.node % nodes.length];
      const fromMs = Math.min(BASE + pod.from * 1000, node.toMs - 20_000);
      const toMs = Math.min(fromMs + pod.life * 1000, node.toMs);
      const restartMs = fromMs + Math.floor((toMs - fromMs) * ((pod.restart ?? 0) / 100));
      const runs: [number, number][] =
        pod.restart === null
          ? [[fromMs, toMs]]
          : [
              [fromMs, restartMs],
              [restartMs + 5000, toMs],
            ];
      const container = { name: 'main', isInit: pod.isInit, requests: pod.requests, use: pod.use, runs } as const;
      return { namespace: pod.namespace, name: `pod-${i}`, node: node.name, fromMs, toMs, containers: [{ ...container, runs }] };
    });
    return clusterStreams(nodes, placed, EVERY);
  });

/** Which replica and generation got a sample: any, changing now and then as connections and restarts do. */
const arbitraryRoute = fc.array(fc.nat({ max: 99 }), { minLength: 50, maxLength: 400 }).map((picks): Route => {
  let step = 0;
  let current = { replica: 'r0', generation: 0 };
  return () => {
    const pick = picks[step++ % picks.length];
    if (pick < 30) current = { replica: `r${pick % 3}`, generation: pick % 2 };
    return current;
  };
});

/** An HA pair: `b` sees everything, `a` misses some of it, so that `b` speaks, or `a` where it missed nothing and has the same values. */
function haPair(streams: readonly Stream[], misses: readonly boolean[]): Stream[] {
  let step = 0;
  return streams.flatMap((stream) => [
    { ...stream, haReplica: 'b' },
    { ...stream, haReplica: 'a', samples: stream.samples.filter((sample) => sample.value === null || !misses[step++ % misses.length]) },
  ]);
}

function assertSameCosts(actual: CostAnswer, expected: CostAnswer) {
  const key = (row: CostAnswer['rows'][number]) => `${row.stepStartMs} ${row.kind} ${row.group}`;
  assert.deepEqual(actual.rows.map(key).sort(), expected.rows.map(key).sort());
  const other = new Map(expected.rows.map((row) => [key(row), row]));
  for (const row of actual.rows) {
    for (const column of ['cpuCost', 'memoryCost', 'totalCost', 'cpuCoreHours', 'memoryGiBHours'] as const) {
      const difference = Math.abs((row[column] ?? Number.NaN) - (other.get(key(row))?.[column] ?? Number.NaN));
      assert.ok(difference < 1e-9, `${column} of ${key(row)}: ${row[column]}, unsplit ${other.get(key(row))?.[column]}`);
    }
  }
}

describe('costs of a split stream', function () {
  this.timeout(1_200_000);
  before(async () => {
    prices = await loadPriceTable();
  });

  it('equal the unsplit ones, over three replicas with restarts, late parts and HA pairs, and the naive formula', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryCluster,
        arbitraryRoute,
        fc.array(fc.boolean(), { minLength: 7, maxLength: 40 }),
        async (streams, route, misses) => {
          const unsplit = await costsOf(streams);
          assertSameCosts(await costsOf(streams, route), unsplit);
          assertSameCosts(await costsOf(haPair(streams, misses), route), unsplit);

          const model = modelCosts(streams, { cpu: CPU_PRICE, memory: 0.096 - CPU_PRICE }, HOURS);
          const total = [...model.values()].reduce((a, b) => a + b, 0);
          assert.ok(Math.abs(unsplit.total - total) < 1e-9, `total ${unsplit.total}, by the model ${total}`);
          for (const [group, cost] of model) {
            const got = unsplit.rows.filter((row) => row.group === group).reduce((sum, row) => sum + (row.totalCost ?? 0), 0);
            assert.ok(Math.abs(got - cost) < 1e-9, `${group} ${got}, by the model ${cost}`);
          }
          for (const row of unsplit.rows) assert.ok((row.totalCost ?? 0) >= 0, `${row.kind} ${row.group} is below 0`);
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});
