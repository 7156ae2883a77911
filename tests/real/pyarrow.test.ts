import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Door, NOW, openDoor, V2 } from '../services/collector/hostile-door.ts';
import { anyHistogram } from '../support/any-histogram.ts';
import { readingParquet } from '../support/parquet-reading.ts';
import { type PyarrowCell, type PyarrowColumns, readByPyarrow } from '../support/pyarrow.ts';
import { encodeMessage, readMessage, type WireSample, type WireSeries } from '../support/remote-write-messages.ts';
import { type ModelOutcome, takeSeries } from '../support/remote-write-model.ts';
import { block } from '../support/remote-write-wire.ts';
import { canonicalLabels, STALE_BITS } from '../support/series-samples.ts';

const HOUR_MS = 3_600_000;
const HOUR = Math.floor(NOW / HOUR_MS) * HOUR_MS - HOUR_MS;
const BULK_HOUR = HOUR - HOUR_MS;
const LABELS = ['metric', 'namespace', 'pod', 'container', 'node', 'job', 'instance', 'uid', 'resource', 'unit', 'id', 'image', 'name'];
const SHIPPED = {
  maxSampleAgeMs: 7 * 86_400_000,
  maxSampleFutureMs: 600_000,
  maxLabels: 64,
  maxLabelNameBytes: 256,
  maxLabelValueBytes: 4096,
  maxHistogramBuckets: 10_000,
};

/** Both zeros, subnormals, infinities, the staleness marker and NaNs beside it: payloads, signs, signalling ones. */
const TELLING = [
  '0',
  '8000000000000000',
  '1',
  '7ff0000000000000',
  'fff0000000000000',
  '7ff0000000000002',
  '7ff0000000000001',
  '7ff0000000000003',
]
  .concat('7ff8000000000001', 'fff8dead0000beef', 'ffffffffffffffff', '3ff0000000000000')
  .map((hex) => BigInt(`0x${hex}`));
const bits = fc.oneof(fc.constantFrom(...TELLING), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const timeMs = fc.integer({ min: HOUR, max: HOUR + HOUR_MS - 1 });
const exemplarLabels = fc.constantFrom<[string, string][]>(
  [],
  [['trace_id', 'a1']],
  [
    ['b', '"\\'],
    ['a', '🙂'],
  ],
);
/** A request: series are told apart by their place in it, times of samples by theirs. */
const request: fc.Arbitrary<WireSeries[]> = fc
  .array(
    fc.record({
      samples: fc.uniqueArray(fc.record({ timeMs, bits }), { minLength: 12, maxLength: 30, selector: (one) => one.timeMs }),
      histograms: fc.array(anyHistogram(timeMs), { maxLength: 6 }),
      exemplars: fc.array(fc.record({ labels: exemplarLabels, bits, timeMs }), { maxLength: 4 }),
    }),
    { minLength: 20, maxLength: 30 },
  )
  .map((all) =>
    all.map((one, at) => ({
      ...one,
      labels: [
        ['__name__', `m_${at % 7}`],
        ['le', '"é\\'],
        ['pod', `pod-${at}`],
      ],
    })),
  );

const FORMS = ['plain', 'byte-stream-split'].flatMap((values) => ['zstd', 'snappy'].map((compression) => ({ values, compression })));

for (const { values, compression } of FORMS) {
  describe(`pyarrow on files with ${values} and ${compression}`, () => {
    let door: Door;
    let expected: ModelOutcome;
    before(async () => {
      door = await openDoor({ PARQUET_VALUE_ENCODING: values, PARQUET_COMPRESSION: compression, ZSTD_LEVEL: '6' });
      const [sent] = fc.sample(request, { numRuns: 1, seed: 11 }) as [WireSeries[]];
      const message = encodeMessage(2, sent);
      expected = takeSeries(readMessage(2, message).series, SHIPPED, NOW);
      await write(message);
      for (const series of bulk()) await write(encodeMessage(2, [series]));
      await door.sealAll();
    });
    after(() => door?.close());
    const write = async (message: Uint8Array) => {
      const { status, text } = await door.write(block(message), V2);
      // What breaks a rule is refused, the rest of the request is taken: the model says which.
      assert.ok(status === 204 || status === 400, `${status} ${text}`);
    };
    const pathOf = (table: string, hourMs: number) => {
      const paths = readdirSync(join(door.lakeDir, table), { recursive: true, encoding: 'utf8' });
      const [path, ...others] = paths.filter((one) => one.includes(`${table}_${hourMs}_`));
      assert.ok(path && others.length === 0, `${table}: ${paths}`);
      return join(door.lakeDir, table, path);
    };

    it('finds every bit of the samples; null is the staleness marker', () => {
      const columns = readByPyarrow(pathOf('samples', HOUR));
      assert.deepEqual([columns.ts?.type, columns.value?.type, columns.series?.type], ['timestamp[ms, tz=UTC]', 'double', 'int32']);
      const found = rowsOf(columns).map((row) => [labelsOf(row), row.ts, row.value]);
      const sent = expected.rows.map((row) => [row.labels, Number(row.timeMs), row.bits === STALE_BITS ? null : hex(row.bits)]);
      assert.ok(sent.length > 200 && sent.some(([, , value]) => value === null), `${sent.length} sent`);
      assertSame(found, sent);
    });

    it('finds histograms and exemplars', () => {
      const histograms = rowsOf(readByPyarrow(pathOf('histograms', HOUR))).map((row) => [
        labelsOf(row),
        row.ts,
        ...['start_ts', 'kind', 'reset_hint', 'schema', 'count', 'sum', 'zero_threshold', 'zero_count'].map((name) => row[name]),
        ...['negative_indexes', 'negative_counts', 'positive_indexes', 'positive_counts', 'custom_values'].map((name) => row[name]),
      ]);
      assertSame(
        histograms,
        expected.histograms.map(({ labels, timeMs: at, row }) => [
          labels,
          Number(at),
          row.startMs === null ? null : Number(row.startMs),
          row.kind,
          row.resetHint,
          row.schema,
          hex(row.count),
          row.sum === null ? null : hex(row.sum),
          hex(row.zeroThreshold),
          hex(row.zeroCount),
          ...[row.negative, row.positive].flatMap((side) => [side.map(([index]) => Number(index)), side.map(([, count]) => hex(count))]),
          row.customValues.map(hex),
        ]),
      );
      const exemplars = rowsOf(readByPyarrow(pathOf('exemplars', HOUR)));
      assertSame(
        exemplars.map((row) => [labelsOf(row), row.ts, row.value, Object.entries(JSON.parse(row.exemplar as string))]),
        expected.exemplars.map((one) => [one.labels, Number(one.timeMs), hex(one.bits), JSON.parse(one.exemplar)]),
      );
    });

    it('finds in usage what was sent first and last, and all that DuckDB finds', async () => {
      const path = pathOf('usage', HOUR);
      const columns = readByPyarrow(path);
      const found = rowsOf(columns).map((row) => [labelsOf(row), row.n, row.first_ts, row.first, row.last_ts, row.last]);
      assertSame(found, usageOf(expected));
      const names = Object.keys(columns);
      await readingParquet(readFileSync(path), async ({ query }) => {
        const shown = names.map(
          (name) => SHOWN[columns[name]?.type as string]?.(`"${name}"`) ?? assert.fail(`${name} is ${columns[name]?.type}`),
        );
        const rows = (await query(`SELECT ${shown.join(', ')} FROM file`)).map((row) =>
          row.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell)),
        );
        assert.deepEqual(rowsOf(columns).map(Object.values), rows);
      });
    });

    it('finds every row of a file of several pages', () => {
      const found = rowsOf(readByPyarrow(pathOf('samples', BULK_HOUR), 'pod', 'ts', 'value')).map(
        ({ pod, ts, value }) => `${pod} ${ts} ${value}`,
      );
      const sent = [...bulk()].flatMap(({ labels, samples = [] }) =>
        samples.map((one) => `${labels[1]?.[1]} ${one.timeMs} ${hex(one.bits)}`),
      );
      assert.equal(found.length, sent.length);
      assert.equal(
        found.findIndex((row, at) => row !== sent[at]),
        -1,
      );
    });
  });
}

/** 180,000 rows, in the order of the file. */
function* bulk(): Generator<WireSeries> {
  for (let at = 0; at < 100; at++) {
    const samples = Array.from(
      { length: 1800 },
      (_, row): WireSample => ({ timeMs: BULK_HOUR + row * 2000 + at, bits: BigInt(at * 1800 + row) * 0x1e3779b97f4an }),
    );
    yield {
      labels: [
        ['__name__', 'bulk'],
        ['pod', `pod-${String(at).padStart(3, '0')}`],
      ],
      samples,
    };
  }
}

/** Of each series with samples: how many are finite, and the first and the last of these. */
function usageOf({ rows }: ModelOutcome): unknown[] {
  return [...Map.groupBy(rows, ({ labels }) => labels)].map(([labels, all]) => {
    const finite = all.filter((row) => ((row.bits >> 52n) & 0x7ffn) !== 0x7ffn).sort((a, b) => Number(a.timeMs - b.timeMs));
    const [first, last] = [finite[0], finite.at(-1)];
    return [labels, finite.length, ...[first, last].flatMap((row) => (row ? [Number(row.timeMs), hex(row.bits)] : [null, null]))];
  });
}

/** How DuckDB says what the script says, by pyarrow's types. */
const SHOWN: Record<string, (column: string) => string> = {
  string: (column) => column,
  int32: (column) => column,
  double: (column) => `printf('%016x', ${column}::BIT::UBIGINT)`,
  'timestamp[ms, tz=UTC]': (column) => `epoch_ms(${column})`,
};

type Row = Record<string, PyarrowCell>;

function rowsOf(columns: PyarrowColumns): Row[] {
  const all = Object.entries(columns);
  return (all[0]?.[1].cells ?? []).map((_, at) => Object.fromEntries(all.map(([name, { cells }]) => [name, cells[at] as PyarrowCell])));
}

function labelsOf(row: Row): string {
  const own = LABELS.map((name): [string, string] => [name === 'metric' ? '__name__' : name, row[name] as string]);
  return canonicalLabels([...own, ...Object.entries(JSON.parse(row.labels as string) as Record<string, string>)]);
}

const hex = (value: bigint) => value.toString(16).padStart(16, '0');

/** Of hundreds of rows only the first that differs is shown. */
function assertSame(found: readonly unknown[], sent: readonly unknown[]): void {
  const [have, want] = [found, sent].map((rows) => [...new Set(rows.map((row) => JSON.stringify(row)))].sort()) as [string[], string[]];
  assert.equal(found.length, want.length);
  const at = have.findIndex((row, index) => row !== want[index]);
  assert.equal(have[at], want[at]);
}
