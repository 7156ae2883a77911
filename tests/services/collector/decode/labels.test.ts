import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalSeries, type Series } from '../../../../services/collector/decode/labels.ts';

const LIMITS = {
  maxSampleAgeMs: 0,
  maxSampleFutureMs: 0,
  maxLabels: 8,
  maxLabelNameBytes: 20,
  maxLabelValueBytes: 20,
  maxRequestSamples: 1,
  maxRequestSeries: 1,
  maxHistogramBuckets: 1,
};
const canonical = (pairs: [string, string][]) => canonicalSeries(pairs, 'prometheus_replica', LIMITS);
const taken = (pairs: [string, string][]) => {
  const series = canonical(pairs);
  assert.ok(!('refused' in series), JSON.stringify(series));
  return series as Series;
};
const text = fc.string({ unit: 'binary', maxLength: 4 });
const labels = fc
  .uniqueArray(fc.tuple(text, text), { selector: ([name]) => name, maxLength: 6 })
  .map((pairs) => pairs.filter(([name]) => name !== '' && name !== '__name__'))
  .map((pairs): [string, string][] => [['__name__', 'm'], ...pairs]);

describe('canonical labels', () => {
  it('do not depend on order, nor on labels with an empty value', () => {
    fc.assert(
      fc.property(labels, fc.gen(), (pairs, gen) => {
        const shuffled = gen(fc.shuffledSubarray, pairs, { minLength: pairs.length });
        assert.deepEqual(taken(shuffled), taken(pairs));
        assert.deepEqual(taken(pairs.filter(([, value]) => value !== '')), taken(pairs));
      }),
    );
  });

  it('give different sets different ids', () => {
    fc.assert(
      fc.property(labels, labels, (a, b) => {
        const present = (pairs: [string, string][]) => JSON.stringify(pairs.filter(([, value]) => value !== '').sort());
        assert.equal(taken(a).seriesId === taken(b).seriesId, present(a) === present(b));
      }),
    );
    assert.notEqual(
      taken([
        ['__name__', 'm'],
        ['a', 'b","c'],
      ]).seriesId,
      taken([
        ['__name__', 'm'],
        ['a', 'b'],
        ['c', ''],
      ]).seriesId,
    );
  });

  it('keep every label: in its column, as the HA replica, or in JSON with its keys sorted', () => {
    const series = taken([
      ['pod', 'p'],
      ['__name__', 'm'],
      ['10', 'x'],
      ['9', 'y'],
      ['prometheus_replica', 'r'],
      ['__proto__', 'z'],
      ['metric', 'w'],
    ]);
    assert.equal(series.labels, '{"10":"x","9":"y","__proto__":"z","metric":"w"}');
    assert.deepEqual(
      series.columns.filter((value) => value !== ''),
      ['m', 'p'],
    );
    assert.equal(series.haReplica, 'r');
    assert.match(series.seriesId, /^[0-9a-f]{32}$/);
  });

  it('count the HA label as part of the series', () => {
    assert.notEqual(
      taken([
        ['__name__', 'm'],
        ['prometheus_replica', 'a'],
      ]).seriesId,
      taken([
        ['__name__', 'm'],
        ['prometheus_replica', 'b'],
      ]).seriesId,
    );
  });

  const refusals: [why: RegExp, pairs: [string, string][]][] = [
    [/no metric name/, []],
    [/no metric name/, [['__name__', '']]],
    [/no metric name/, [['metric', 'm']]],
    [
      /empty label name/,
      [
        ['__name__', 'm'],
        ['', ''],
      ],
    ],
    [
      /duplicate/,
      [
        ['__name__', 'm'],
        ['a', ''],
        ['a', ''],
      ],
    ],
    [/more than 8 labels/, [['__name__', 'm'], ...Array.from({ length: 8 }, (_, at): [string, string] => [`${at}`, ''])]],
    [
      /name over 20 bytes/,
      [
        ['__name__', 'm'],
        [`${'é'.repeat(10)}a`, 'x'],
      ],
    ],
    [
      /value over 20 bytes/,
      [
        ['__name__', 'm'],
        ['a', `${'🙂'.repeat(5)}a`],
      ],
    ],
  ];
  for (const [why, pairs] of refusals) {
    it(`are refused for ${why.source}: ${JSON.stringify(pairs).slice(0, 60)}`, () => {
      const series = canonical(pairs);
      assert.match('refused' in series ? series.refused : '', why);
    });
  }

  it('take names and values of just the limit', () => {
    taken([
      ['__name__', 'm'],
      ['é'.repeat(10), '🙂'.repeat(5)],
    ]);
    taken([['__name__', 'm'], ...Array.from({ length: 7 }, (_, at): [string, string] => [`${at}`, 'x'])]);
  });
});
