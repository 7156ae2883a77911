import type { WireHistogram } from '../../support/remote-write-histograms.ts';
import { bitsOf, encodeV1, encodeV2, type Text, type WireExemplar, type WireSeries } from '../../support/remote-write-messages.ts';
import * as w from '../../support/remote-write-wire.ts';
import { GOOD_V2, goodV1, type HostileCase, ONE, SYMBOLS, stored, T, v1, v2 } from './hostile-case.ts';
import { NOW } from './hostile-door.ts';

const DAY_MS = 86_400_000;
const MINUTE = 60_000;
/** The collector's clock runs on while the table does. */
const MARGIN = 60 * MINUTE;
const INVALID = Buffer.from([0x67, 0xff, 0xfe]);
const one = (labels: [Text, Text][], ...samples: [timeMs: number | bigint, bits?: bigint][]): WireSeries => ({
  labels,
  samples: samples.map(([timeMs, bits = ONE]) => ({ timeMs, bits })),
});
const GOOD = one([['__name__', 'good']], [T]);

/** The same content in both versions: one good series, then `bad`. The good one must be in the lake whatever the other is. */
function besideGood(name: string, bad: WireSeries[], expected: Partial<HostileCase> & { status: number }): HostileCase[] {
  return [
    v1(name, () => [encodeV1([GOOD, ...bad])], { written: '1,0,0', stored: [stored()], ...expected }),
    v2(name, () => [encodeV2([GOOD, ...bad])], { written: '1,0,0', stored: [stored()], ...expected }),
  ];
}
const refused = (says: RegExp) => ({ status: 400, says });
const taken = (labels: Record<string, string>, timeMs = T, bits = ONE) => ({
  status: 204,
  written: '2,0,0',
  stored: [stored(), { labels, timeMs, bits }],
});
const value = (name: string, bits: bigint) =>
  besideGood(`value ${name}`, [one([['__name__', 'v']], [T, bits])], taken({ __name__: 'v' }, T, bits));
const exemplar = (timeMs: number): WireExemplar => ({ bits: ONE, timeMs });
/** Of so many buckets, one observation in each. */
const histogram = (timeMs: number, buckets = 1): WireHistogram => ({
  timeMs,
  countInt: BigInt(buckets),
  positive: { spans: [[0, buckets]], deltas: Array.from({ length: buckets }, (_, at) => (at === 0 ? 1n : 0n)) },
});
const many = (count: number): [string, string][] => Array.from({ length: count }, (_, at) => [`l${at}`, 'x']);

/** Well-formed requests with content that is refused one by one, and content that looks odd and is fine. */
export const CONTENT_CASES: HostileCase[] = [
  ...besideGood('no labels', [one([], [T])], refused(/^1 of 2 samples refused: no metric name \(1\)$/)),
  ...besideGood('no __name__', [one([['job', 'a']], [T], [T + 1])], refused(/^2 of 3 samples refused: no metric name \(1\)$/)),
  ...besideGood(
    'empty __name__',
    [
      one(
        [
          ['__name__', ''],
          ['job', 'a'],
        ],
        [T],
      ),
    ],
    refused(/no metric name/),
  ),
  ...besideGood(
    'empty label name',
    [
      one(
        [
          ['__name__', 'bad'],
          ['', 'x'],
        ],
        [T],
      ),
    ],
    refused(/empty label name/),
  ),
  ...besideGood(
    'label given twice',
    [
      one(
        [
          ['__name__', 'bad'],
          ['a', '1'],
          ['a', '2'],
        ],
        [T],
      ),
    ],
    refused(/duplicate label name/),
  ),
  ...besideGood(
    '__name__ given twice',
    [
      one(
        [
          ['__name__', 'bad'],
          ['__name__', 'bad'],
        ],
        [T],
      ),
    ],
    refused(/duplicate label name/),
  ),
  ...besideGood(
    'label given twice, once empty',
    [
      one(
        [
          ['__name__', 'bad'],
          ['a', ''],
          ['a', '2'],
        ],
        [T],
      ),
    ],
    refused(/duplicate label name/),
  ),
  ...besideGood(
    'invalid UTF-8 in a value',
    [
      one(
        [
          ['__name__', 'bad'],
          ['a', INVALID],
        ],
        [T],
      ),
    ],
    refused(/not valid UTF-8/),
  ),
  ...besideGood(
    'invalid UTF-8 in a name',
    [
      one(
        [
          ['__name__', 'bad'],
          [INVALID, 'a'],
        ],
        [T],
      ),
    ],
    refused(/not valid UTF-8/),
  ),
  ...besideGood(
    'a lone surrogate, as three bytes',
    [one([['__name__', Buffer.from([0xed, 0xa0, 0x80])]], [T])],
    refused(/not valid UTF-8/),
  ),
  ...besideGood('129 labels', [one([['__name__', 'bad'], ...many(128)], [T])], refused(/more than 128 labels \(MAX_LABELS\)/)),
  ...besideGood(
    '128 labels',
    [one([['__name__', 'wide'], ...many(127)], [T])],
    taken({ __name__: 'wide', ...Object.fromEntries(many(127)) }),
  ),
  ...besideGood(
    'label name of 1025 bytes',
    [
      one(
        [
          ['__name__', 'bad'],
          ['n'.repeat(1025), 'x'],
        ],
        [T],
      ),
    ],
    refused(/name over 1024 bytes \(MAX_LABEL_NAME_BYTES\)/),
  ),
  ...besideGood(
    'label value of 16385 bytes',
    [
      one(
        [
          ['__name__', 'bad'],
          ['a', 'é'.repeat(8193)],
        ],
        [T],
      ),
    ],
    refused(/value over 16384 bytes \(MAX_LABEL_VALUE_BYTES\)/),
  ),
  ...besideGood(
    'label value of 16384 bytes',
    [
      one(
        [
          ['__name__', 'long'],
          ['a', 'é'.repeat(8192)],
        ],
        [T],
      ),
    ],
    taken({ __name__: 'long', a: 'é'.repeat(8192) }),
  ),
  ...besideGood(
    'label set over 256 KiB',
    [one([['__name__', 'bad'], ...Array.from({ length: 20 }, (_, at): [string, string] => [`l${at}`, 'x'.repeat(16_000)])], [T])],
    refused(/label set over 262144 bytes/),
  ),
  ...besideGood(
    'labels out of order',
    [
      one(
        [
          ['z', '1'],
          ['a', '2'],
          ['__name__', 'mixed'],
        ],
        [T],
      ),
    ],
    taken({ __name__: 'mixed', a: '2', z: '1' }),
  ),
  ...besideGood(
    'one set in two orders, with an empty label: one series',
    [
      one(
        [
          ['z', '1'],
          ['__name__', 's'],
        ],
        [T],
      ),
      one(
        [
          ['__name__', 's'],
          ['e', ''],
          ['z', '1'],
        ],
        [T + 1],
      ),
    ],
    {
      status: 204,
      written: '3,0,0',
      stored: [stored(), ...[T, T + 1].map((timeMs) => ({ labels: { __name__: 's', z: '1' }, timeMs, bits: ONE }))],
    },
  ),
  ...besideGood(
    'names of columns as labels',
    [
      one(
        [
          ['__name__', 'c'],
          ['metric', 'm'],
          ['labels', 'l'],
          ['series_id', 's'],
          ['ts', 't'],
          ['value', 'v'],
          ['cluster', 'x'],
        ],
        [T],
      ),
    ],
    taken({ __name__: 'c', metric: 'm', labels: 'l', series_id: 's', ts: 't', value: 'v', cluster: 'x' }),
  ),
  ...besideGood(
    'names like numbers, __proto__, quotes, newlines, NUL',
    [
      one(
        [
          ['__name__', 'o'],
          ['10', 'a'],
          ['9', 'b'],
          ['q"\\', '"\\\n\t'],
          ['nul', 'a\u0000b'],
        ],
        [T],
      ),
    ],
    taken({ __name__: 'o', 10: 'a', 9: 'b', 'q"\\': '"\\\n\t', nul: 'a\u0000b' }),
  ),
  ...besideGood(
    'dots, spaces, emoji in names, a byte order mark in a value',
    [
      one(
        [
          ['__name__', 'my metric.é🙂'],
          ['ключ 🔑', '\ufeffx'],
        ],
        [T],
      ),
    ],
    taken({ __name__: 'my metric.é🙂', 'ключ 🔑': '\ufeffx' }),
  ),
  ...besideGood(
    'sample a minute too old',
    [one([['__name__', 'bad']], [NOW - 7 * DAY_MS - MINUTE])],
    refused(/sample too old \(MAX_SAMPLE_AGE_MS\) \(1\)/),
  ),
  ...besideGood(
    'sample just old enough',
    [one([['__name__', 'old']], [NOW - 7 * DAY_MS + MARGIN])],
    taken({ __name__: 'old' }, NOW - 7 * DAY_MS + MARGIN),
  ),
  ...besideGood(
    'sample an hour too far ahead',
    [one([['__name__', 'bad']], [NOW + 600_000 + MARGIN])],
    refused(/too far in the future \(MAX_SAMPLE_FUTURE_MS\) \(1\)/),
  ),
  ...besideGood('sample just near enough', [one([['__name__', 'near']], [NOW + 600_000])], taken({ __name__: 'near' }, NOW + 600_000)),
  ...besideGood('time 0', [one([['__name__', 'bad']], [0])], refused(/too old/)),
  ...besideGood('time -1', [one([['__name__', 'bad']], [-1])], refused(/too old/)),
  ...besideGood('greatest int64 as time', [one([['__name__', 'bad']], [2n ** 63n - 1n])], refused(/too far in the future/)),
  ...besideGood('least int64 as time', [one([['__name__', 'bad']], [-(2n ** 63n)])], refused(/too old/)),
  ...besideGood('seconds for milliseconds', [one([['__name__', 'bad']], [Math.floor(T / 1000)])], refused(/too old/)),
  ...besideGood('good and bad samples of one series', [one([['__name__', 'mix']], [0], [T], [NOW + DAY_MS], [T + 1])], {
    status: 400,
    written: '3,0,0',
    says: /^2 of 5 samples refused: sample too old \(MAX_SAMPLE_AGE_MS\) \(1\), sample too far in the future \(MAX_SAMPLE_FUTURE_MS\) \(1\)$/,
    stored: [stored(), stored('mix'), stored('mix', T + 1)],
  }),
  ...besideGood(
    'good series around bad ones',
    [one([], [T]), one([['__name__', 'b']], [T]), one([['__name__', '']], [T]), one([['__name__', 'c']], [T])],
    {
      status: 400,
      written: '3,0,0',
      says: /^2 of 5 samples refused: no metric name \(2\)$/,
      stored: [stored(), stored('b'), stored('c')],
    },
  ),
  ...value('stale marker', 0x7ff0000000000002n),
  ...value('ordinary NaN of Go', 0x7ff8000000000001n),
  ...value('NaN with a payload and a sign', 0xfff80000deadbeefn),
  ...value('signalling NaN', 0x7ff0000000000001n),
  ...value('+Inf', bitsOf(Number.POSITIVE_INFINITY)),
  ...value('-Inf', bitsOf(Number.NEGATIVE_INFINITY)),
  ...value('-0', bitsOf(-0)),
  ...value('least denormal', 1n),
  ...value('greatest double', bitsOf(Number.MAX_VALUE)),
  ...besideGood('series without samples', [one([['__name__', 'none']])], { status: 204 }),
  ...besideGood('series without samples and name', [one([])], refused(/^0 of 1 samples refused: no metric name \(1\)$/)),
  ...besideGood(
    'histograms and exemplars alone',
    [
      { labels: [['__name__', 'h']], histograms: [histogram(T), histogram(T + 1)] },
      { labels: [['__name__', 'e']], exemplars: [exemplar(T)] },
    ],
    { status: 204, written: '1,2,1' },
  ),
  ...besideGood(
    'exemplars without a name',
    [{ labels: [], exemplars: [exemplar(T)] }],
    refused(/^1 of 1 exemplars refused: no metric name/),
  ),
  ...besideGood(
    'histograms and exemplars of another time',
    [{ labels: [['__name__', 'h']], histograms: [histogram(0), histogram(T)], exemplars: [exemplar(NOW + DAY_MS)] }],
    {
      status: 400,
      written: '1,1,0',
      says: /^1 of 2 histograms, 1 of 1 exemplars refused: sample too .* \(1\), sample too .* \(1\)$/,
      stored: [stored()],
    },
  ),
  ...besideGood('10,001 buckets', [{ labels: [['__name__', 'h']], histograms: [histogram(T, 10_001)] }], refused(/MAX_HISTOGRAM_BUCKETS/)),
  v1('sample without value and time', () => [goodV1(), w.seriesV1(w.label('__name__', 'bad'), w.field(2))], {
    ...refused(/too old/),
    written: '1,0,0',
    stored: [stored()],
  }),
  v1('sample without a value: zero', () => [w.seriesV1(w.label('__name__', 'good'), w.field(2, w.varintField(2, T)))], {
    status: 204,
    written: '1,0,0',
    stored: [stored('good', T, 0n)],
  }),
  v1('nothing but refused', () => [encodeV1([one([], [T]), one([['a', 'b']], [T])])], {
    status: 400,
    written: '0,0,0',
    says: /^2 of 2 samples refused: no metric name \(2\)$/,
  }),
  v2('odd number of references', () => [SYMBOLS, GOOD_V2, w.seriesV2(w.refs(1), w.sample(T, ONE))], {
    ...refused(/odd number of label references \(1\)/),
    written: '1,0,0',
    stored: [stored()],
  }),
  v2('reference out of range', () => [SYMBOLS, GOOD_V2, w.seriesV2(w.refs(1, 3), w.sample(T, ONE))], {
    ...refused(/reference out of range/),
    written: '1,0,0',
    stored: [stored()],
  }),
  v2('reference of 2^32 and one', () => [SYMBOLS, GOOD_V2, w.seriesV2(w.refs(1, 2n ** 32n + 2n), w.sample(T, ONE))], {
    ...refused(/reference out of range/),
    written: '1,0,0',
    stored: [stored()],
  }),
  v2('reference of 64 bits', () => [SYMBOLS, GOOD_V2, w.seriesV2(w.refs(1, 2n ** 64n - 1n), w.sample(T, ONE))], {
    ...refused(/reference out of range/),
    written: '1,0,0',
    stored: [stored()],
  }),
  v2('references without symbols', () => [GOOD_V2], { ...refused(/reference out of range/), written: '0,0,0' }),
  v2('references to the empty symbol', () => [SYMBOLS, GOOD_V2, w.seriesV2(w.refs(0, 0), w.sample(T, ONE))], {
    ...refused(/empty label name/),
    written: '1,0,0',
    stored: [stored()],
  }),
];
