import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compare, Decoder, KERNELS, LIMITS, RECEIVED_MS } from '../../../fuzz/compare.ts';
import { rowsFault } from '../../../fuzz/rows-fault.ts';
import { anyHistogram } from '../../../support/any-histogram.ts';
import { encodeMessage, readMessage, type WireSeries } from '../../../support/remote-write-messages.ts';
import { takeSeries } from '../../../support/remote-write-model.ts';
import { block } from '../../../support/remote-write-wire.ts';

const HOUR_MS = 3_600_000;
const bits = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(
    0n,
    2n ** 63n,
    0x7ff0000000000002n,
    0x7ff8000000000001n,
    0x7ff0000000000000n,
    0xfff0000000000000n,
    0x7ff0000000000001n,
    0xffffffffffffffffn,
  ),
);
const timeMs = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: RECEIVED_MS - HOUR_MS, max: RECEIVED_MS + 600_000 }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      0,
      -1,
      2n ** 63n - 1n,
      -(2n ** 63n),
      RECEIVED_MS - LIMITS.maxSampleAgeMs,
      RECEIVED_MS - LIMITS.maxSampleAgeMs - 1,
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(RECEIVED_MS + LIMITS.maxSampleFutureMs, RECEIVED_MS + LIMITS.maxSampleFutureMs + 1) },
);
const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('__name__', 'pod', 'namespace', 'prometheus_replica', 'metric', 'a', 'B', '10', '9', '__proto__'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 50 }) },
);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('', 'x', 'up', '"\\\n', '\ufeff', '🙂') },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 110 }) },
);
const exemplarName = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('trace_id', 'span_id', 'é', '10', '9', '') }, name);
const named = fc.constant<[string, string]>(['__name__', 'up']);
const series: fc.Arbitrary<WireSeries> = fc.record({
  labels: fc
    .tuple(fc.array(named, { maxLength: 1 }), fc.array(fc.tuple(name, value), { maxLength: 14 }))
    .map(([head, rest]) => [...head, ...rest]),
  samples: fc.array(fc.record({ bits, timeMs }), { maxLength: 6 }),
  exemplars: fc.array(fc.record({ labels: fc.array(fc.tuple(exemplarName, value), { maxLength: 4 }), bits, timeMs }), { maxLength: 2 }),
  histograms: fc.array(anyHistogram(timeMs), { maxLength: 2 }),
  createdMs: fc.integer({ min: 0, max: RECEIVED_MS }),
});
const message = fc.array(series, { maxLength: 8 });

function contentsOf(packed: ReturnType<Decoder['decode']>['packed']['histograms']): string[] {
  return Array.from({ length: packed?.rows ?? 0 }, (_, row) => packed?.contentOf(row).toString('hex') ?? '');
}

describe('decoding remote write', () => {
  for (const [version, kernel] of [1, 2].flatMap((version) => KERNELS.map((kernel) => [version as 1 | 2, kernel] as const))) {
    it(`finds the rows that protobufjs and the rules of content give, version ${version}, ${kernel}`, () => {
      const decoder = new Decoder(kernel);
      fc.assert(
        fc.property(message, (content) => {
          const bytes = encodeMessage(version, content);
          const batch = decoder.decode(block(bytes), version);
          assert.equal(rowsFault(batch, takeSeries(readMessage(version, bytes).series, LIMITS, RECEIVED_MS)), undefined);
        }),
        { numRuns: 400 },
      );
    });

    it(`finds the same when a request comes again or after others, version ${version}, ${kernel}`, () => {
      const used = new Decoder(kernel);
      fc.assert(
        fc.property(message, (content) => {
          const body = block(encodeMessage(version, content));
          const rowsOf = (decoder: Decoder) => {
            const { rows, timesMs, bits: values, table, series: at, packed, outcome } = decoder.decode(body, version);
            const contents = (['histograms', 'exemplars'] as const).map((kind) => contentsOf(packed[kind]));
            return { rows, timesMs, values, series: [...at].map((index) => table.seriesAt(index)), contents, outcome };
          };
          assert.deepEqual(rowsOf(used), rowsOf(new Decoder('typescript')));
          assert.deepEqual(rowsOf(used), rowsOf(new Decoder('typescript')));
        }),
        { numRuns: 100 },
      );
    });

    it(`takes a message cut at any byte only where a field of the request ends, version ${version}, ${kernel}`, () => {
      const decoder = new Decoder(kernel);
      const whole = encodeMessage(version, [
        {
          labels: [
            ['__name__', 'up'],
            ['job', 'a'],
          ],
          samples: [{ timeMs: RECEIVED_MS, bits: 1n }],
          exemplars: [{ bits: 1n, timeMs: RECEIVED_MS }],
          histograms: [{ timeMs: RECEIVED_MS, countInt: 2n, positive: { spans: [[0, 1]], deltas: [2n] } }],
        },
        { labels: [['__name__', 'up']], samples: [{ timeMs: RECEIVED_MS, bits: 2n }] },
      ]);
      const verdicts = Array.from({ length: whole.length }, (_, length) => compare(decoder, block(whole.subarray(0, length)), version));
      assert.deepEqual([...new Set(verdicts)].sort(), ['both refuse', 'same rows']);
      assert.ok(verdicts.filter((verdict) => verdict === 'same rows').length < 8);
    });
  }

  it('gives both versions of one content the same series and rows', () => {
    fc.assert(
      fc.property(message, (content) => {
        const [one, two] = ([1, 2] as const).map((version) =>
          new Decoder('typescript').decode(block(encodeMessage(version, content)), version),
        );
        const idsOf = ({ table, series: at }: ReturnType<Decoder['decode']>) => [...at].map((index) => table.seriesAt(index).seriesId);
        assert.deepEqual(idsOf(one!), idsOf(two!));
        assert.deepEqual([one!.timesMs, one!.bits], [two!.timesMs, two!.bits]);
        assert.deepEqual(contentsOf(one!.packed.exemplars), contentsOf(two!.packed.exemplars));
      }),
      { numRuns: 100 },
    );
  });
});
