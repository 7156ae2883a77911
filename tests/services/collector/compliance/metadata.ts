import type { WireLabels, WireSeries } from '../../../support/remote-write-messages.ts';
import { type Case, type Group, HOUR_MS, histogram, labels, point, refused, T, TYPE, taken } from './case.ts';

const ofType = (name: string, type: number, help = `About ${name}.`, unit = 'units'): Case => {
  const series: WireSeries = { labels: labels('thing', { job: 'shop' }), metadata: { type, help, unit } };
  return type === TYPE.histogram
    ? { name, series: [{ ...series, histograms: [histogram(1, { positive: true, negative: true, zero: true })] }], ...taken(0, 1) }
    : { name, series: [{ ...series, samples: [point(1)] }], ...taken(1) };
};
const gauge = (name: string, value: number, others: Record<string, string> = {}): WireSeries => ({
  labels: labels(name, others),
  samples: [point(value)],
  metadata: { type: TYPE.gauge, help: `About ${name}.`, unit: 'units' },
});
const named = (name: string, of: WireLabels, expected: Pick<Case, 'status' | 'written'>): Case => ({
  name,
  series: [{ labels: of, samples: [point(1)], metadata: { type: TYPE.counter, help: 'Help.', unit: 'unit' } }],
  ...expected,
});

export const METADATA: Group[] = [
  {
    name: 'metadata of every type',
    cases: [
      ofType('counter', TYPE.counter),
      ofType('gauge', TYPE.gauge),
      ofType('histogram', TYPE.histogram),
      ofType('neither help nor unit', TYPE.counter, '', ''),
      ofType('line breaks and quotes', TYPE.gauge, 'A "thing",\nor\tmore', 'bytes/sec'),
      ofType('not specified', TYPE.unspecified, 'Unknown.', ''),
      ofType('info', TYPE.info, 'Build.', ''),
      ofType('stateset', TYPE.stateset, 'State.', ''),
      ofType('summary', TYPE.summary),
      ofType('gauge histogram', TYPE.gaugeHistogram),
    ],
  },
  {
    name: 'metadata of a counter that says since when it counts',
    cases: [
      {
        name: 'an hour',
        series: [
          {
            labels: labels('orders_total'),
            samples: [{ ...point(150), startMs: T - HOUR_MS }],
            metadata: { type: TYPE.counter, help: 'Orders.', unit: 'orders' },
          },
        ],
        ...taken(1),
      },
    ],
  },
  { name: 'metadata with a sample', cases: [{ name: 'a gauge', series: [gauge('load', 42, { job: 'shop' })], ...taken(1) }] },
  {
    name: 'metadata of several metrics',
    cases: [
      { name: 'three', series: [gauge('cpu', 85.5), gauge('memory', 4_096_000_000), gauge('disk', 75.2, { device: 'sda1' })], ...taken(3) },
    ],
  },
  {
    name: 'metadata with many labels',
    cases: [
      {
        name: 'a histogram of six',
        series: [
          {
            labels: labels('order_seconds', { job: 'shop', instance: '10.0.0.7:80', method: 'GET', status: '200', path: '/api/v1/cart' }),
            histograms: [histogram(0.25, { positive: true, negative: true, zero: true })],
            metadata: { type: TYPE.histogram, help: 'Time.', unit: 'seconds' },
          },
        ],
        ...taken(0, 1),
      },
    ],
  },
  {
    name: 'names of series with metadata',
    cases: [
      named('none', [['job', 'shop']], refused()),
      named('an empty one', [['__name__', '']], refused()),
      named('a good one', labels('orders_total'), taken(1)),
    ],
  },
];
