import assert from 'node:assert/strict';
import { costRow, UNKNOWN } from '../../support/cost-rows.ts';

const PAGE = '../../../services/console/page';
const HOUR_MS = 3_600_000;
const NOON_MS = Date.UTC(2026, 10, 21, 12);

// The page's modules are plain browser JavaScript, without types of their own.
type Summary = {
  groups: { name: string; band: string; key: string; total: number | null }[];
  totals: { total: number | null };
  byBand: Record<string, number>;
};
type Answer = {
  summarize(rows: object[]): Summary & { steps: { startMs: number; total: number | null }[] };
  chartLayers(groups: Summary['groups'], most: number): { name: string; style: string; keys: string[] }[];
  stepStarts(fromMs: number, toMs: number, step: string): number[];
};
type View = {
  readView(search: string): Record<string, string>;
  viewSearch(view: Record<string, string>): string;
  viewQuery(view: Record<string, string>, nowMs: number): URLSearchParams;
};
type Format = { axisFormat(size: number): (value: number) => string; costFormat(total: number): (value: number | null) => string };

describe('page modules', () => {
  const load = async <T>(name: string) => (await import(`${PAGE}/${name}.js`)) as T;

  describe('answer', () => {
    it('sorts groups by cost, then idle, system and what is unpriced', async () => {
      const { summarize } = await load<Answer>('answer');
      const { groups, totals, byBand } = summarize([
        costRow({ group: '(idle)', kind: 'idle', totalCost: 9 }),
        costRow({ group: 'cheap', totalCost: 1 }),
        costRow({ group: '(node)', kind: 'unpriced', ...UNKNOWN, reason: 'no price' }),
        costRow({ group: 'dear', totalCost: 2 }),
        costRow({ group: 'dear', kind: 'volume', totalCost: 3 }),
        costRow({ group: '(system)', kind: 'system', totalCost: 0.5 }),
      ]);
      assert.deepEqual(
        groups.map(({ name, total }) => [name, total]),
        [
          ['dear', 5],
          ['cheap', 1],
          ['Idle', 9],
          ['System', 0.5],
          ['Unpriced', null],
        ],
      );
      assert.deepEqual([totals.total, byBand.workload, byBand.unpriced], [15.5, 6, null]);
    });

    it('keeps what is not known apart from 0', async () => {
      const { summarize } = await load<Answer>('answer');
      const { totals, steps } = summarize([costRow({ ...UNKNOWN, kind: 'unpriced' })]);
      assert.deepEqual([totals.total, steps[0].total], [null, null]);
    });

    it('draws the dearest groups, the others as one, then system and idle', async () => {
      const { summarize, chartLayers } = await load<Answer>('answer');
      const rows = Array.from({ length: 9 }, (_, i) => costRow({ group: `g${i}`, totalCost: 10 - i }));
      const { groups } = summarize([
        ...rows,
        costRow({ group: '(idle)', kind: 'idle', totalCost: 1 }),
        costRow({ group: '(system)', kind: 'system', totalCost: 1 }),
      ]);
      const layers = chartLayers(groups, 6);
      assert.deepEqual(
        layers.map(({ name }) => name),
        ['g0', 'g1', 'g2', 'g3', 'g4', '4 others', 'System', 'Idle'],
      );
      assert.equal(layers.flatMap(({ keys }) => keys).length, 11);
    });

    it('has a place for every step, with data or without', async () => {
      const { stepStarts } = await load<Answer>('answer');
      assert.equal(stepStarts(NOON_MS, NOON_MS + 5 * HOUR_MS, 'hour').length, 5);
      assert.deepEqual(stepStarts(NOON_MS, NOON_MS + 24 * HOUR_MS, 'day'), [Date.UTC(2026, 10, 21), Date.UTC(2026, 10, 22)]);
      assert.deepEqual(stepStarts(NOON_MS, Date.UTC(2027, 0, 2), 'month'), [
        Date.UTC(2026, 10, 1),
        Date.UTC(2026, 11, 1),
        Date.UTC(2027, 0, 1),
      ]);
    });
  });

  describe('view', () => {
    it('comes back from its own address', async () => {
      const { readView, viewSearch } = await load<View>('view');
      const view = {
        ...readView(''),
        group: 'label',
        'label-key': 'app.kubernetes.io/name',
        range: 'custom',
        from: '2026-11-20T05:00',
        to: '2026-11-21T00:00',
      };
      assert.deepEqual(readView(viewSearch(view)), view);
      assert.equal(viewSearch(readView('')), '?');
    });

    for (const [range, from, to] of [
      ['24h', '2026-11-20T13:00Z', '2026-11-21T13:00Z'],
      ['7d', '2026-11-15T00:00Z', '2026-11-21T13:00Z'],
      ['month', '2026-11-01T00:00Z', '2026-11-21T13:00Z'],
      ['last-month', '2026-10-01T00:00Z', '2026-11-01T00:00Z'],
      ['nonsense', '2026-11-20T13:00Z', '2026-11-21T13:00Z'],
    ]) {
      it(`asks for ${from} to ${to} when the range is ${range}`, async () => {
        const { readView, viewQuery } = await load<View>('view');
        assert.equal(
          viewQuery(readView(`?range=${range}`), NOON_MS).toString(),
          new URLSearchParams({ group: 'namespace', from, to }).toString(),
        );
      });
    }

    for (const search of ['?from=2026-11-20T05:00:00Z&to=2026-11-21', '?range=custom&from=2026-11-20T05:00&to=2026-11-21T00:00Z']) {
      it(`takes times as the API does: ${search}`, async () => {
        const { readView, viewQuery } = await load<View>('view');
        assert.deepEqual([readView(search).range, readView(search).from], ['custom', '2026-11-20T05:00']);
        assert.equal(viewQuery(readView(search), NOON_MS).get('to'), '2026-11-21T00:00Z');
      });
    }

    it('leaves what nobody could have picked to the API to refuse', async () => {
      const { readView, viewQuery } = await load<View>('view');
      assert.equal(viewQuery(readView('?range=custom&from=soon&to=2026-11-20'), NOON_MS).get('from'), 'soon');
    });
  });

  describe('format', () => {
    for (const [size, value, text] of [
      [0.05, 0.1, '$0.10'],
      [0.0025, 0.005, '$0.0050'],
      [0.2, 0.4, '$0.4'],
      [0.25, 0.5, '$0.50'],
      [2.5, 5, '$5.0'],
      [500, 1000, '$1,000'],
    ] as const) {
      it(`writes ${text} on an axis with marks ${size} apart`, async () =>
        assert.equal((await load<Format>('format')).axisFormat(size)(value), text));
    }

    it('shows no number for what is not known', async () => {
      const { costFormat } = await load<Format>('format');
      assert.deepEqual(
        [costFormat(1)(0.00001), costFormat(1)(0.00005), costFormat(100)(0.001)],
        ['<\u00a0$0.0001', '$0.0001', '<\u00a0$0.01'],
      );
      assert.deepEqual([costFormat(1)(null), costFormat(1)(0), costFormat(100)(1.5)], ['–', '$0.0000', '$1.50']);
    });
  });
});
