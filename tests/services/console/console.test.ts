import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Console, startConsole } from '@tallyship/console/console';
import type { QualityReport } from '@tallyship/console/quality';
import { CONSOLE_SETTINGS } from '@tallyship/console/settings';
import type { CostAnswer } from '@tallyship/cost/cost-query';
import { lakeKey } from '@tallyship/shared/contracts/lake-key';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { startLocalStore } from '@tallyship/upload-api/local-store';
import { tinyCluster } from '../../support/tiny-cluster.ts';
import { temporaryDir, writeStreams } from '../../support/tiny-lake.ts';

const FROM_MS = Date.UTC(2026, 10, 19, 6);
const TO_MS = Date.UTC(2026, 10, 19, 9);
const IDENTITY = { account: '000000000000', region: 'us-east-1', cluster: 'test' };
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

  it('answers the same over a bucket as over its folder, says which limit a query breaks, and that the bucket is away', async () => {
    const dir = await lakeDir();
    await writeStreams(dir, tinyCluster(FROM_MS, TO_MS), { withSamples: false });
    const credentials = { accessKeyId: 'LOCALKEY', secretAccessKey: 'a-secret-of-the-local-store' };
    const store = await startLocalStore({ dir, host: '127.0.0.1', port: 0, credentials });
    cleanups.push(() => store.close());
    const cacheDir = await lakeDir();
    await writeFile(join(cacheDir, 'credentials.json'), JSON.stringify(credentials));
    const bucket = {
      LAKE_DIR: '',
      LAKE_BUCKET: store.bucket,
      LAKE_ENDPOINT: store.url,
      LAKE_CREDENTIALS_FILE: join(cacheDir, 'credentials.json'),
      CACHE_DIR: cacheDir,
    };
    const [folder, over] = [await start(dir), await start(dir, bucket)];
    for (const query of [`costs?${RANGE}&group=workload`, `quality?${RANGE}`]) {
      const [{ checkedAt: _, ...one }, { checkedAt: __, ...other }] = (await Promise.all(
        [folder, over].map(({ url }) => getJson(`${url}/api/${query}`)),
      )) as Record<string, unknown>[];
      assert.deepEqual(other, one);
    }
    assert.match(await (await fetch(`${over.url}/metrics`)).text(), /^console_cache_fetched_bytes_total [1-9]/m);
    await assert.rejects(start(dir, bucket), /is in use by another console/);
    await assert.rejects(start(dir, { LAKE_BUCKET: 'lake' }), /LAKE_DIR and LAKE_BUCKET exclude each other/);

    await writeFile(
      join(dir, lakeKey({ ...IDENTITY, table: 'usage', hourStartMs: FROM_MS, replica: 'big', generation: 0 })),
      Buffer.alloc(2 ** 20),
    );
    const small = await start(dir, { ...bucket, CACHE_DIR: await lakeDir(), CACHE_MAX_BYTES: String(2 ** 20) });
    const tooMuch = await fetch(`${small.url}/api/costs?${RANGE}`);
    assert.deepEqual([tooMuch.status, /limit 1048576; raise CACHE_MAX_BYTES, or choose a shorter/.test(await tooMuch.text())], [503, true]);
    assert.match(
      (await getJson<CostAnswer>(`${over.url}/api/costs?${RANGE}`)).warnings.join(),
      /1 damaged file is left out, .*_big-0\.parquet/,
    );

    await store.close();
    const away = await fetch(`${over.url}/api/costs?${RANGE}`);
    assert.deepEqual([away.status, away.headers.get('retry-after')], [503, '10']);
  }).timeout(120_000);

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
