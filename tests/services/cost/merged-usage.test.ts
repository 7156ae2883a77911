import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Lake, openLake } from '../../../services/console/duckdb-lake.ts';
import { findCostFiles } from '../../../services/cost/cost-query.ts';
import { mergedUsageSql } from '../../../services/cost/cost-sql.ts';
import { folderFiles } from '../../../services/cost/lake-files.ts';
import { type Route, temporaryDir, writeStreams } from '../../support/tiny-lake.ts';
import { hourlyUse, type Sample, type Stream } from '../../support/usage-model.ts';

const HOUR = 3_600_000;
const BASE = Date.UTC(2026, 6, 10, 0);
const CPU = {
  metric: 'container_cpu_usage_seconds_total',
  namespace: 'shop',
  pod: 'web-1',
  container: 'web',
  node: 'n1',
  id: '/kubepods/a',
};
/** More by `PROPERTY_RUNS=500 npx mocha …`. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 50);
const START = { ...CPU, metric: 'container_start_time_seconds' };

type SeriesHour = { series_id: string; metric: string; hour_ms: number; integral: number; covered: number; increase: number; n: number };

async function merged(streams: readonly Stream[], route: Route, hours: number, options = {}): Promise<SeriesHour[]> {
  const { dir, remove } = await temporaryDir();
  let lake: Lake | undefined;
  try {
    await writeStreams(dir, streams, { route, ...options });
    lake = await openLake(dir, { threads: 1 });
    const range = { from_ms: BASE, to_ms: BASE + hours * HOUR };
    const files = await folderFiles(dir).reading((open) =>
      findCostFiles(lake as Lake, { ...folderFiles(dir), open }, range.from_ms, range.to_ms),
    );
    return await lake.query<SeriesHour>(mergedUsageSql(files), range);
  } finally {
    await lake?.close();
    await remove();
  }
}

function assertMatchesModel(rows: readonly SeriesHour[], samples: readonly Sample[], hours: number, startMs?: number) {
  const model = hourlyUse(samples, startMs);
  for (let hour = BASE; hour < BASE + hours * HOUR; hour += HOUR) {
    const want = model.get(hour) ?? { integral: 0, covered: 0, increase: 0, n: 0 };
    const got = rows.find((row) => row.hour_ms === hour && row.metric === CPU.metric) ?? { integral: 0, covered: 0, increase: 0, n: 0 };
    for (const column of ['integral', 'covered', 'increase', 'n'] as const) {
      const tolerance = 1e-9 * Math.max(1, Math.abs(want[column]));
      assert.ok(
        Math.abs(got[column] - want[column]) <= tolerance,
        `${column} of hour ${(hour - BASE) / HOUR}: ${got[column]}, by the model ${want[column]}`,
      );
    }
  }
}

/** Gaps of all kinds: regular, none, over the hold, over an hour, and irregular; markers, resets and non-finite values among them. */
const arbitrarySamples = fc
  .array(
    fc.record({
      gapMs: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(60_000, 60_000, 61_234) },
        { weight: 2, arbitrary: fc.integer({ min: 1, max: 400_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 300_000, max: 4_000_000 }) },
        { weight: 1, arbitrary: fc.constant(0) },
      ),
      value: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 0, max: 90 }) },
        { weight: 1, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
        { weight: 1, arbitrary: fc.constant(-1) },
      ),
    }),
    { minLength: 1, maxLength: 120 },
  )
  .map((steps) => {
    const samples: Sample[] = [];
    let ts = BASE - 700_000;
    let total = 0;
    for (const { gapMs, value } of steps) {
      ts += gapMs;
      // -1 stands for a restart of the counter.
      total = value === -1 ? 0 : total + (value ?? 0);
      samples.push({ ts, value: value === null || !Number.isFinite(value) ? value : total });
    }
    return samples;
  });

describe('merged usage view', function () {
  this.timeout(1_200_000);

  it('gives the same hours however a stream is cut over replicas, restarts and late parts', async () => {
    await fc.assert(
      fc.asyncProperty(arbitrarySamples, fc.infiniteStream(fc.nat({ max: 11 })), fc.boolean(), async (samples, picks, isRandom) => {
        let shift = 0;
        const routes = samples.map(() => {
          const pick = picks.next().value;
          // In runs, as a sender changes its connection or a collector restarts; or sample by sample.
          if (pick > 8) shift++;
          return isRandom ? { replica: `r${pick % 3}`, generation: pick % 2 } : { replica: `r${shift % 3}`, generation: shift >> 1 };
        });
        const rows = await merged([{ labels: CPU, samples }], (_, i) => routes[i], 4);
        assertMatchesModel(rows, samples, 4);
      }),
      { numRuns: RUNS },
    );
  });

  it('counts a new counter from the start of its container, into the hour before too', async () => {
    const startMs = BASE + HOUR - 20_000;
    const samples = [1, 61, 121].map((s) => ({ ts: BASE + HOUR + s * 1000, value: s + 20 }));
    const starts = { labels: START, samples: samples.map(({ ts }) => ({ ts, value: startMs / 1000 })) };
    const rows = await merged([{ labels: CPU, samples }, starts], () => ({ replica: 'r0', generation: 0 }), 2);
    assertMatchesModel(rows, samples, 2, startMs);
    const first = rows.find((row) => row.hour_ms === BASE && row.metric === CPU.metric);
    assert.ok(Math.abs((first?.increase ?? 0) - 20) < 1e-9);
  });

  it('does not count from a start that lies more than an hour back, nor from one of another container', async () => {
    const samples = [1, 61].map((s) => ({ ts: BASE + s * 1000, value: 5000 + s }));
    const old = { labels: START, samples: samples.map(({ ts }) => ({ ts, value: BASE / 1000 - 7200 })) };
    const other = { labels: { ...START, id: '/kubepods/b' }, samples: samples.map(({ ts }) => ({ ts, value: BASE / 1000 - 10 })) };
    const rows = await merged([{ labels: CPU, samples }, old, other], () => ({ replica: 'r0', generation: 0 }), 1);
    assert.equal(rows.find((row) => row.metric === CPU.metric)?.increase, 60);
  });

  it('takes the widest part of the running hour, whose samples are not in the lake yet', async () => {
    const samples = Array.from({ length: 30 }, (_, i) => ({ ts: BASE + i * 60_000, value: i * 6 }));
    const route: Route = (_, i) => ({ replica: i % 3 === 0 ? 'r1' : 'r0', generation: 0 });
    const [row] = await merged([{ labels: CPU, samples }], route, 1, { withSamples: false });
    assert.equal(row.n, 20);
    assert.equal(row.increase, 28 * 6);
  });

  it('takes one half of an HA pair: the one with more samples, then by name', async () => {
    const every = (everyMs: number, rate: number) =>
      Array.from({ length: 3_600_000 / everyMs }, (_, i) => ({ ts: BASE + i * everyMs, value: i * rate }));
    const streams = [
      { labels: CPU, haReplica: 'b', samples: every(60_000, 6) },
      { labels: CPU, haReplica: 'a', samples: every(120_000, 1000) },
    ];
    const rows = await merged(streams, () => ({ replica: 'r0', generation: 0 }), 1);
    assert.deepEqual(
      rows.map((row) => [row.n, row.increase]),
      [[60, 59 * 6]],
    );
  });

  it('takes the half of an HA pair that knows more of the hour when both saw as many samples in it', async () => {
    const all = [3120, 3360, 3600, 3840].map((s) => ({ ts: BASE + s * 1000, value: s === 3840 ? null : s }));
    const streams = [
      { labels: CPU, haReplica: 'b', samples: all },
      { labels: CPU, haReplica: 'a', samples: all.filter(({ value }) => value !== 3600) },
    ];
    const rows = await merged(streams, () => ({ replica: 'r0', generation: 0 }), 2);
    assertMatchesModel(rows, all, 2);
  });

  it('takes the same half of an HA pair however their streams are cut: seconds added up in another order are no more of the hour', async () => {
    const half = (offsetMs: number, value: number) =>
      Array.from({ length: 240 }, (_, i) => ({ ts: BASE + offsetMs + i * 60_000 + ((i * 7919) % 97), value }));
    const streams = [
      { labels: CPU, haReplica: 'a', samples: half(7_311, 1) },
      { labels: CPU, haReplica: 'b', samples: half(31_777, 2) },
    ];
    for (const length of [1, 3, 5, 7, 11]) {
      const cut: Route = (_, i, { haReplica }) => ({
        replica: `r${Math.floor((i + (haReplica === 'a' ? 2 : 0)) / length) % 2}`,
        generation: 0,
      });
      const rows = await merged(streams, cut, 4);
      const inner = rows.filter(({ hour_ms }) => hour_ms === BASE + HOUR || hour_ms === BASE + 2 * HOUR);
      assert.deepEqual(
        inner.map(({ n, integral }) => [n, Math.round(integral)]),
        [
          [60, 3600],
          [60, 3600],
        ],
        `runs of ${length}`,
      );
    }
  });
});
