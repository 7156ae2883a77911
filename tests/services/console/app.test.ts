import assert from 'node:assert/strict';
import type { CostAnswer, CostQuery } from '@tallyship/cost/cost-query';
import { listen } from '@tallyship/shared/runtime/http-server';
import { createTelemetry } from '@tallyship/shared/runtime/telemetry';
import { createApp } from '../../../services/console/app.ts';
import { MAX_ANSWER_ROWS } from '../../../services/console/cost-routes.ts';
import { readPageFiles } from '../../../services/console/page-files.ts';
import { createQueryQueue, type QueryQueue } from '../../../services/console/query-queue.ts';
import { costAnswer, costRow } from '../../support/cost-rows.ts';

const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 5));
const NOW_MS = Date.UTC(2026, 10, 21, 8, 25);

describe('console app', () => {
  type Fake = { costs?: (query: CostQuery) => Promise<CostAnswer>; readyFault?: string; hostNames?: string[]; queue?: QueryQueue };
  const logged: unknown[] = [];
  beforeEach(() => {
    logged.length = 0;
  });
  const makeApp = async ({
    costs = async () => costAnswer([costRow({})]),
    readyFault,
    hostNames,
    queue = createQueryQueue(2),
  }: Fake = {}) =>
    createApp({
      source: { costs, quality: async () => assert.fail('not asked for'), checkReady: async () => readyFault },
      queue,
      telemetry: createTelemetry(),
      page: await readPageFiles(),
      log: { error: (entry: unknown) => logged.push(entry) } as never,
      now: () => NOW_MS,
      hostNames,
    });

  describe('GET /api/costs', () => {
    it('answers JSON that says what was asked and what the numbers are', async () => {
      const asked: CostQuery[] = [];
      const app = await makeApp({
        costs: async (query) => {
          asked.push(query);
          return costAnswer([costRow({})]);
        },
      });
      const response = await app.request('/api/costs?group=label:team&from=2026-11-19&to=2026-11-20&step=day');
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('cache-control'), 'no-store');
      const { rows, ...rest } = (await response.json()) as Record<string, unknown>;
      assert.deepEqual(rows, [costRow({})]);
      assert.deepEqual(rest, {
        basis: 'list-price estimate',
        currency: 'USD',
        group: 'label:team',
        from: '2026-11-19T00:00:00Z',
        to: '2026-11-20T00:00:00Z',
        step: 'day',
        ...(({ rows: _, ...others }) => others)(costAnswer([])),
      });
      assert.deepEqual(asked, [
        { group: { kind: 'label', key: 'team' }, fromMs: Date.UTC(2026, 10, 19), toMs: Date.UTC(2026, 10, 20), step: 'day' },
      ]);
    });

    for (const [accept, format, type] of [
      ['*/*', '', 'application/json'],
      ['text/csv', '', 'text/csv; charset=utf-8; header=present'],
      ['text/html, text/csv;q=0.9', '', 'text/csv; charset=utf-8; header=present'],
      ['text/html', '', 'application/json'],
      ['text/csv', 'format=json', 'application/json'],
      ['application/json', 'format=csv', 'text/csv; charset=utf-8; header=present'],
    ]) {
      it(`answers ${type} to Accept ${accept} ${format}`, async () => {
        const response = await (await makeApp()).request(`/api/costs?${format}`, { headers: { accept } });
        assert.equal(response.headers.get('content-type'), type);
        assert.equal(response.headers.get('vary'), 'Accept');
      });
    }

    it('names a CSV file by what is in it', async () => {
      const response = await (await makeApp()).request(
        '/api/costs?format=csv&group=label:app.kubernetes.io/name&from=2026-11-19&to=2026-11-20',
      );
      const expected = 'attachment; filename="costs_label-app-kubernetes-io-name_2026-11-19-00_2026-11-20-00.csv"';
      assert.equal(response.headers.get('content-disposition'), expected);
    });

    it('refuses a bad parameter with its name and asks nothing of the lake', async () => {
      const app = await makeApp({ costs: () => assert.fail('asked') });
      const response = await app.request('/api/costs?step=week');
      assert.equal(response.status, 400);
      assert.deepEqual(await response.json(), { error: 'step "week" is not one of hour, day, month', parameter: 'step' });
    });

    it('refuses an answer that is too long to be read', async () => {
      const app = await makeApp({ costs: async () => costAnswer(Array(MAX_ANSWER_ROWS + 1).fill(costRow({}))) });
      const response = await app.request('/api/costs?group=pod');
      assert.equal(response.status, 400);
      assert.match(((await response.json()) as { error: string }).error, /200001 rows, limit 200000; choose a coarser group/);
    });

    it('answers 503 with Retry-After when the queue is full', async () => {
      let end = () => {};
      const held = new Promise<CostAnswer>((resolve) => {
        end = () => resolve(costAnswer([]));
      });
      const app = await makeApp({ costs: () => held, queue: createQueryQueue(0) });
      const first = app.request('/api/costs');
      const refused = await app.request('/api/costs');
      assert.equal(refused.status, 503);
      assert.equal(refused.headers.get('retry-after'), '5');
      end();
      assert.equal((await first).status, 200);
    });

    it('drops a query whose client went away while it waited', async () => {
      let end = () => {};
      const held = new Promise<CostAnswer>((resolve) => {
        end = () => resolve(costAnswer([]));
      });
      const queue = createQueryQueue(1);
      let asked = 0;
      const app = await makeApp({ queue, costs: () => (asked++ === 0 ? held : Promise.resolve(costAnswer([]))) });
      const server = await listen(app, { host: '127.0.0.1', port: 0 });
      try {
        const first = fetch(`${server.url}/api/costs`);
        while (asked === 0) await tick();
        const client = new AbortController();
        const gone = assert.rejects(fetch(`${server.url}/api/costs`, { signal: client.signal }));
        while (queue.waiting() === 0) await tick();
        client.abort();
        await gone;
        while (queue.waiting() > 0) await tick();
        end();
        assert.equal((await first).status, 200);
        assert.equal((await fetch(`${server.url}/api/costs`)).status, 200);
        assert.equal(asked, 2);
      } finally {
        await server.close();
      }
    });

    it('says no more than that when it fails, and logs the rest', async () => {
      const app = await makeApp({ costs: () => Promise.reject(new Error('IO Error: /secret/path')) });
      const response = await app.request('/api/costs');
      assert.equal(response.status, 500);
      assert.ok(!(await response.text()).includes('secret'));
      assert.equal(logged.length, 1);
    });

    it('names the setting when a query outgrows its memory', async () => {
      const app = await makeApp({ costs: () => Promise.reject(new Error('Out of Memory Error: failed to allocate')) });
      const response = await app.request('/api/costs');
      assert.equal(response.status, 503);
      assert.match(await response.text(), /QUERY_MEMORY_MIB/);
    });
  });

  describe('everything else', () => {
    it('serves the page with headers that keep foreign scripts and frames out', async () => {
      const response = await (await makeApp()).request('/');
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
      const policy = response.headers.get('content-security-policy') ?? '';
      for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
        assert.ok(policy.includes(rule), policy);
      assert.ok(!policy.includes('unsafe'));
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      assert.match(await response.text(), /list-price estimate/);
    });

    it('serves every file that the page asks for, and 304 when nothing changed', async () => {
      const app = await makeApp();
      const asked = new Set<string>(['/']);
      for (const path of asked) {
        const response = await app.request(path);
        assert.equal(response.status, 200, path);
        const again = await app.request(path, { headers: { 'if-none-match': response.headers.get('etag') ?? '' } });
        assert.equal(again.status, 304, path);
        for (const [, name] of (await response.text()).matchAll(/(?:from '\.\/|href="|src=")([a-z]+\.(?:js|css|svg))["']/g))
          asked.add(`/${name}`);
      }
      assert.ok(asked.size >= 8, [...asked].join(' '));
    });

    for (const path of ['/settings.ts', '/../package.json', '/page/page.js', '/%2e%2e/app.ts', '/api', '/api/costs/', '/index.html']) {
      it(`knows no ${path}`, async () => assert.equal((await (await makeApp()).request(path)).status, 404));
    }

    it('is read by GET and HEAD alone', async () => {
      const app = await makeApp();
      const posted = await app.request('/api/costs', { method: 'POST' });
      assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD']);
      assert.equal((await app.request('/api/costs', { method: 'HEAD' })).status, 200);
    });

    it('is alive, and ready when the lake can be read', async () => {
      assert.equal((await (await makeApp()).request('/livez')).status, 200);
      assert.equal((await (await makeApp()).request('/readyz')).status, 200);
      const unready = await (await makeApp({ readyFault: 'LAKE_DIR /data cannot be read: EACCES' })).request('/readyz');
      assert.deepEqual([unready.status, await unready.text()], [503, 'LAKE_DIR /data cannot be read: EACCES\n']);
    });

    it('counts requests under their route', async () => {
      const app = await makeApp();
      await app.request('/api/costs?step=week');
      assert.match(
        await (await app.request('/metrics')).text(),
        /http_request_duration_seconds_count\{method="GET",route="\/api\/costs",status_code="400"\} 1/,
      );
    });

    it('answers to its own names only, so that no site can pass for it', async () => {
      const app = await makeApp({ hostNames: ['127.0.0.1', 'localhost', '[::1]'] });
      for (const host of ['127.0.0.1:8090', 'localhost:8090', '[::1]:8090'])
        assert.equal((await app.request(`http://${host}/api/costs`)).status, 200, host);
      for (const host of ['rebound.example:8090', '127.0.0.1.rebound.example'])
        assert.equal((await app.request(`http://${host}/api/costs`)).status, 403, host);
    });
  });
});
