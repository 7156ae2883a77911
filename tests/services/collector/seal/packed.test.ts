import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { LIMITS } from '../../../fuzz/compare.ts';
import { anyHistogram } from '../../../support/any-histogram.ts';
import { readLakeExemplars, readLakeHistograms } from '../../../support/lake-packed.ts';
import { encodeMessage, readMessage, type WireExemplar, type WireSeries } from '../../../support/remote-write-messages.ts';
import { type ModelOutcome, takeSeries } from '../../../support/remote-write-model.ts';
import { block } from '../../../support/remote-write-wire.ts';
import { canonicalLabels } from '../../../support/series-samples.ts';
import { type Door, NOW, openDoor, V1, V2 } from '../hostile-door.ts';

const HOUR_MS = 3_600_000;
/** Around a full hour, so that one request has rows of two. */
const BORDER = Math.floor(NOW / HOUR_MS) * HOUR_MS - HOUR_MS;
const timeMs = fc.integer({ min: BORDER - 5_000, max: BORDER + 5_000 });
const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const exemplar: fc.Arbitrary<WireExemplar> = fc.record({
  labels: fc.constantFrom<[string, string][]>(
    [],
    [['trace_id', 'a1']],
    [
      ['b', '"\\'],
      ['a', '🙂'],
      ['10', 'x'],
      ['9', ''],
    ],
  ),
  bits,
  timeMs,
});
const series: fc.Arbitrary<WireSeries> = fc.record({
  labels: fc.constantFrom<[string, string][]>(
    [
      ['__name__', 'latency'],
      ['pod', 'a'],
    ],
    [
      ['__name__', 'latency'],
      ['pod', 'b'],
      ['le', '"\\'],
    ],
    [
      ['pod', 'a'],
      ['__name__', 'other'],
      ['prometheus_replica', 'r1'],
    ],
  ),
  histograms: fc.array(anyHistogram(timeMs), { maxLength: 12 }),
  exemplars: fc.array(exemplar, { maxLength: 4 }),
  createdMs: fc.constantFrom(0, BORDER - HOUR_MS),
});
const SHIPPED = { ...LIMITS, maxHistogramBuckets: 10_000, maxLabelValueBytes: 1000 };

describe('histograms and exemplars in the lake', () => {
  let door: Door;
  beforeEach(async () => {
    door = await openDoor();
  });
  afterEach(() => door.close());
  const write = (version: 1 | 2, message: Uint8Array) => door.write(block(message), version === 1 ? V1 : V2);

  it('are those of the requests, each once, whatever came twice, sorted, with every bit', async () => {
    const requests = fc.sample(fc.array(series, { minLength: 1, maxLength: 6 }), { numRuns: 40, seed: 7 });
    const expected: ModelOutcome[] = [];
    for (const [at, request] of [...requests, ...requests.slice(0, 20).map((one) => one.toReversed())].entries()) {
      const version = at % 2 === 0 ? 1 : 2;
      const message = encodeMessage(version, request);
      const outcome = takeSeries(readMessage(version, message).series, SHIPPED, NOW);
      const answer = await write(version, message);
      assert.equal(answer.written, `${[outcome.rows, outcome.histograms, outcome.exemplars].map((rows) => rows.length)}`);
      const isRefused = outcome.refused.histograms > 0;
      assert.equal(answer.status, isRefused ? 400 : 204, answer.text);
      expected.push(outcome);
    }
    await door.sealAll();
    const histograms = (await readLakeHistograms(door.lakeDir)).map(({ labels, timeMs: at, row }) => textOf([labels, at, row]));
    const wanted = expected.flatMap((one) => one.histograms.map(({ labels, timeMs: at, row }) => textOf([labels, Number(at), row])));
    assert.ok(new Set(wanted).size < wanted.length && new Set(wanted).size > 200, `${wanted.length} sent`);
    assertSame(histograms, wanted);
    const exemplars = (await readLakeExemplars(door.lakeDir)).map((one) =>
      textOf([one.labels, one.timeMs, one.bits, Object.entries(one.exemplar)]),
    );
    const sent = expected.flatMap((one) =>
      one.exemplars.map((each) =>
        textOf([each.labels, Number(each.timeMs), each.bits, Object.entries(Object.fromEntries(JSON.parse(each.exemplar)))]),
      ),
    );
    assertSame(exemplars, sent);
  });

  it('lie beside the samples, in files that are there only where there is something to hold', async () => {
    const samples: WireSeries = { labels: [['__name__', 'a']], samples: [{ timeMs: BORDER, bits: 1n }] };
    const histograms: WireSeries = { labels: [['__name__', 'h']], histograms: [{ timeMs: BORDER - 1 }] };
    const exemplars: WireSeries = { labels: [['__name__', 'e']], exemplars: [{ timeMs: BORDER + 1, bits: 1n }] };
    assert.equal((await write(2, encodeMessage(2, [samples, histograms, exemplars]))).written, '1,1,1');
    await door.sealAll();
    const hour = (table: string, startMs: number) => `${table}_${startMs}_${startMs + HOUR_MS}_r0-0.parquet`;
    const found = ['samples', 'usage', 'histograms', 'exemplars'].flatMap((table) =>
      existsSync(join(door.lakeDir, table)) ? readdirSync(join(door.lakeDir, table), { recursive: true }).map(String) : [],
    );
    assert.deepEqual(
      found
        .filter((path) => path.endsWith('.parquet'))
        .map((path) => path.slice(path.lastIndexOf('/') + 1).replace(/r0\.[^-]+-/, 'r0-'))
        .sort(),
      [hour('exemplars', BORDER), hour('histograms', BORDER - HOUR_MS), hour('samples', BORDER), hour('usage', BORDER)].sort(),
    );
  });

  it('come in the order of labels, time and content', async () => {
    const one = (name: string, pod: string, at: number, count: bigint): WireSeries => ({
      labels: [
        ['pod', pod],
        ['__name__', name],
      ],
      histograms: [{ timeMs: BORDER + at, countInt: count, zeroCountInt: count }],
    });
    const sorted = [one('a', 'x', 9, 1n), one('a', 'y', 1, 1n), one('a', 'y', 1, 2n), one('a', 'y', 3, 1n), one('b', 'w', 2, 7n)];
    for (const each of [4, 2, 0, 3, 1, 3]) await write(1, encodeMessage(1, [sorted[each] as WireSeries]));
    await door.sealAll();
    const rows = await readLakeHistograms(door.lakeDir);
    assert.deepEqual(
      rows.map(({ labels, timeMs: at, row }) => [labels, at - BORDER, row.count]),
      sorted.map(({ labels, histograms = [] }) => [
        canonicalLabels(labels as [string, string][]),
        Number(histograms[0]?.timeMs) - BORDER,
        bitsOf(Number(histograms[0]?.countInt)),
      ]),
    );
  });
});

const bitsOf = (value: number) => new BigUint64Array(Float64Array.of(value).buffer)[0] as bigint;
const textOf = (value: unknown) => JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each));

/** Of thousands of rows only the first that differs is shown. */
function assertSame(found: readonly string[], sent: readonly string[]): void {
  const [have, want] = [found.toSorted(), [...new Set(sent)].sort()];
  const at = want.findIndex((row, place) => row !== have[place]);
  assert.equal(have[at], want[at]);
  assert.equal(have.length, want.length);
}
