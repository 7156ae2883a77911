import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { openLake } from '../../../services/console/duckdb-lake.ts';
import { queryCosts } from '../../../services/cost/cost-query.ts';
import { folderFiles } from '../../../services/cost/lake-files.ts';
import { loadPriceTable } from '../../../services/cost/price-table.ts';
import { temporaryDir, writeStreams } from '../../support/tiny-lake.ts';
import { clusterStreams, type ModelPod, serviceStream, volumeStreams } from '../../support/usage-model-cluster.ts';

const HOUR = 3_600_000;
const BASE = Date.UTC(2026, 6, 10, 9);
const LIFE = { fromMs: BASE, toMs: BASE + 2 * HOUR };

const pod = (namespace: string, name: string, requests: [number, number], use: [number, number], toMs = LIFE.toMs): ModelPod => ({
  namespace,
  name,
  node: 'n1',
  fromMs: BASE,
  toMs,
  containers: [{ name, requests, use }],
});

const STREAMS = [
  ...clusterStreams(
    [{ name: 'n1', type: 'm6i.large', capacity: [2, 8], allocatable: [1.9, 7], ...LIFE }],
    [
      pod('shop', 'web', [0.5, 1], [0.8, 0.5]),
      pod('ops', 'agent', [0.1, 0.25], [0.05, 4]),
      pod('batch', 'report', [1, 2], [0.2, 1.5], BASE + HOUR / 2),
    ],
  ),
  ...volumeStreams({ namespace: 'shop', claim: 'data', gib: 100, ...LIFE }),
  serviceStream({ namespace: 'shop', name: 'front', type: 'LoadBalancer', ...LIFE }),
];

describe('worked example of docs/costs.md', () => {
  it('shows the numbers that the product computes', async () => {
    const { dir, remove } = await temporaryDir();
    const lake = await openLake(dir, { threads: 1 });
    try {
      await writeStreams(dir, STREAMS);
      const source = { files: folderFiles(dir), prices: await loadPriceTable(), teams: [] };
      const { rows, total } = await queryCosts(lake, source, {
        fromMs: BASE,
        toMs: BASE + HOUR,
        step: 'hour',
        group: { kind: 'namespace' },
      });
      const cells = rows.map((row) => [
        row.kind,
        row.group,
        ...[row.cpuCoreHours, row.memoryGiBHours].map((quantity) => quantity.toFixed(3)),
        ...[row.cpuCost, row.memoryCost, row.storageCost, row.loadBalancerCost, row.totalCost].map((usd) => (usd ?? Number.NaN).toFixed(6)),
      ]);
      cells.push(['', 'all', '', '', '', '', '', '', total.toFixed(6)]);
      assert.deepEqual(await documentedTable(), cells);
    } finally {
      await lake.close();
      await remove();
    }
  });
});

async function documentedTable(): Promise<string[][]> {
  const text = await readFile(new URL('../../../docs/costs.md', import.meta.url), 'utf8');
  const [, example] = text.split('| --- | --- | --: | --: | --: | --: | --: | --: | --: |\n');
  return example
    .split('\n\n')[0]
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
