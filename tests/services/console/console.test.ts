import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Console, startConsole } from '@tallyship/console/console';
import type { QualityReport } from '@tallyship/console/quality';
import { CONSOLE_SETTINGS } from '@tallyship/console/settings';
import type { CostAnswer } from '@tallyship/cost/cost-query';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { tinyCluster } from '../../support/tiny-cluster.ts';
import { temporaryDir, writeStreams } from '../../support/tiny-lake.ts';

const FROM_MS = Date.UTC(2026, 10, 19, 6);
const TO_MS = Date.UTC(2026, 10, 19, 9);
const RANGE = 'from=2026-11-19T06:00Z&to=2026-11-19T09:00Z';

describe('console over a lake', () => {
  const cleanups: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  const lakeDir = async () => {
    const { dir, remove } = await temporaryDir();
    cleanups.push(remove);
    return dir;
  };
  const start = async (dir: string, env: Record<string, string> = {}): Promise<Console> => {
    const settings = readSettings(CONSOLE_SETTINGS, { CONSOLE_PORT: '0', LAKE_DIR: dir, QUERY_MEMORY_MIB: '256', ...env });
    const running = await startConsole(settings, createLogger('console', { level: 'silent' }));
    cleanups.push(running.close);
    return running;
  };
  const getJson = async <T>(url: string) => (await (await fetch(url)).json()) as T;

  it('answers costs that add up to what the nodes, volumes and load balancers cost', async () => {
    const dir = await lakeDir();
    await writeStreams(dir, tinyCluster(FROM_MS, TO_MS), { withSamples: false });
    const { url } = await start(dir);
    const expected = 3 * (2 * 0.096 + 0.0225) + (3 * 100 * 0.08) / 730;
    for (const query of ['group=namespace', 'group=workload&step=day', 'group=node', 'group=label:team', 'group=team&step=month']) {
      const answer = await getJson<CostAnswer & { basis: string }>(`${url}/api/costs?${RANGE}&${query}`);
      assert.ok(Math.abs(answer.total - expected) < expected * 1e-3, `${query}: ${answer.total} is not ${expected}`);
      assert.deepEqual([answer.basis, answer.coverage.hoursWithData, answer.unpriced], ['list-price estimate', 3, []]);
    }
  });

  it('answers CSV with one line a row', async () => {
    const dir = await lakeDir();
    await writeStreams(dir, tinyCluster(FROM_MS, TO_MS), { withSamples: false });
    const { url } = await start(dir);
    const { rows } = await getJson<CostAnswer>(`${url}/api/costs?${RANGE}&group=workload&step=day`);
    const csv = await (await fetch(`${url}/api/costs?${RANGE}&group=workload&step=day`, { headers: { accept: 'text/csv' } })).text();
    assert.equal(csv.trimEnd().split('\r\n').length, rows.length + 1);
    assert.ok(csv.includes('batch/Deployment/=report'));
  });

  it('is ready over a folder that does not exist yet, and answers that it is empty', async () => {
    const { url } = await start(join(await lakeDir(), 'lake'));
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    const answer = await getJson<CostAnswer>(`${url}/api/costs`);
    assert.deepEqual([answer.rows, answer.total, answer.coverage.hoursWithData], [[], 0, 0]);
    const { isHealthy, findings } = await getJson<QualityReport>(`${url}/api/quality`);
    assert.deepEqual([isHealthy, findings.map(({ code }) => code)], [false, ['no-data']]);
  });

  it('reports on what is there and what is not', async () => {
    const dir = await lakeDir();
    await writeStreams(dir, tinyCluster(FROM_MS, TO_MS, { secondType: 'x9.huge', without: ['kube_pod_labels'] }), { withSamples: false });
    const { url } = await start(dir);
    const report = await getJson<QualityReport>(`${url}/api/quality?from=2026-11-19T05:00Z&to=2026-11-19T10:00Z`);
    assert.equal(report.isHealthy, false);
    assert.deepEqual(
      report.findings.map(({ code, cluster }) => [code, cluster]),
      [
        ['missing-hours', '000000000000/us-east-1/test'],
        ['absent', '000000000000/us-east-1/test'],
        ['unpriced', '000000000000/us-east-1/test'],
      ],
    );
    const [cluster, ...others] = report.clusters;
    assert.equal(others.length, 0);
    assert.equal(cluster.lastSample, '2026-11-19T08:59:00Z');
    assert.deepEqual(cluster.missingHours, ['2026-11-19T09:00:00Z']);
    assert.deepEqual(
      cluster.hours.map(({ start, samples, series }) => [start, samples === series * 60]),
      [6, 7, 8].map((hour) => [`2026-11-19T0${hour}:00:00Z`, true]),
    );
    const seen = Object.fromEntries(cluster.metrics.map(({ name, hoursSeen }) => [name, hoursSeen]));
    assert.equal(seen['kube_node_labels with the instance type'], 3);
    assert.equal(seen['kube_node_labels with the capacity type'], 0);
    assert.equal(seen.kube_pod_labels, 0);
  });

  it('finds a lake healthy that lacks nothing', async () => {
    const dir = await lakeDir();
    await writeStreams(dir, tinyCluster(FROM_MS, TO_MS), { withSamples: false });
    const { url } = await start(dir);
    assert.deepEqual((await getJson<QualityReport>(`${url}/api/quality?${RANGE}`)).findings, []);
  });

  it('refuses what is not a range of a report', async () => {
    const { url } = await start(await lakeDir());
    for (const [query, parameter] of [
      ['group=pod', 'group'],
      ['from=2026-01-01&to=2026-11-01', 'from'],
      ['to=soon', 'to'],
    ]) {
      const response = await fetch(`${url}/api/quality?${query}`);
      assert.equal(response.status, 400);
      assert.equal(((await response.json()) as { parameter: string }).parameter, parameter);
    }
  });

  it("uses the owner's prices and says which file is wrong", async () => {
    const dir = await lakeDir();
    await writeStreams(dir, tinyCluster(FROM_MS, TO_MS), { withSamples: false });
    const prices = join(dir, 'prices.csv');
    await writeFile(
      prices,
      'kind,type,region,purchase,usd,unit,vcpu,memory_gib,gpu,valid_from,source\ninstance,m6i.large,us-east-1,on-demand,1,USD/hour,2,8,0,2020-01-01,contract\n',
    );
    const { url } = await start(dir, { PRICES_FILE: prices });
    const { total } = await getJson<CostAnswer>(`${url}/api/costs?${RANGE}`);
    assert.ok(total > 6 && total < 6.2, String(total));
    await assert.rejects(start(dir, { PRICES_FILE: join(dir, 'none.csv') }), /none\.csv/);
    await mkdir(join(dir, 'rules'));
    await assert.rejects(start(dir, { TEAM_RULES_FILE: join(dir, 'rules') }), /rules/);
  });
});
