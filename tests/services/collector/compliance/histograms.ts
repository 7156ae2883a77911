import { type Case, exemplar, type Group, HOUR_MS, histogram, labels, refused, T, TYPE, taken } from './case.ts';

const LATENCY = labels('order_seconds', { job: 'shop' });
const metadata = (help: string, unit: string) => ({ type: TYPE.histogram, help, unit });
const one = (name: string, parts: Parameters<typeof histogram>[1], expected: Pick<Case, 'status' | 'written'> = taken(0, 1)): Case => ({
  name,
  series: [{ labels: LATENCY, histograms: [histogram(1.5, parts)] }],
  ...expected,
});

export const HISTOGRAMS: Group[] = [
  {
    name: 'one histogram',
    cases: [
      one('buckets on both sides and at zero', { positive: true, negative: true, zero: true }),
      one('custom buckets', { custom: true }),
      one('above and at zero', { positive: true, zero: true }),
      one('below zero', { negative: true }),
      one('at zero', { zero: true }),
      one('a count that its buckets do not give', { positive: true, missing: 1n }, refused()),
    ],
  },
  {
    name: 'a histogram that says since when it counts',
    cases: [
      {
        name: 'on the histogram',
        series: [{ labels: LATENCY, histograms: [{ ...histogram(1.5, { positive: true, zero: true }), startMs: T - HOUR_MS / 2 }] }],
        ...taken(0, 1),
      },
      {
        name: 'on its series, as up to 2.0-rc.3',
        series: [{ labels: LATENCY, histograms: [histogram(1.5, { positive: true })], createdMs: T - HOUR_MS / 2 }],
        ...taken(0, 1),
      },
    ],
  },
  {
    name: 'several histograms',
    cases: [
      {
        name: 'two series',
        series: [
          { labels: labels('order_seconds'), histograms: [histogram(10.5, { positive: true, zero: true })] },
          { labels: labels('refund_euros'), histograms: [histogram(5.2, { negative: true })] },
        ],
        ...taken(0, 2),
      },
    ],
  },
  { name: 'a histogram without observations', cases: [one('no buckets, count 0', {})] },
  {
    name: 'a histogram with metadata',
    cases: [
      {
        name: 'help and unit',
        series: [
          {
            labels: LATENCY,
            histograms: [histogram(2.5, { positive: true, negative: true, zero: true })],
            metadata: metadata('Time.', 'seconds'),
          },
        ],
        ...taken(0, 1),
      },
    ],
  },
  {
    name: 'a histogram with an exemplar',
    cases: [
      {
        name: 'trace and span',
        series: [
          {
            labels: LATENCY,
            histograms: [histogram(1.23, { positive: true, zero: true })],
            exemplars: [exemplar({ trace_id: '7f2a', span_id: '19' }, 1.23)],
          },
        ],
        ...taken(0, 1, 1),
      },
    ],
  },
  {
    name: 'a histogram with metadata and an exemplar',
    cases: [
      {
        name: 'large numbers',
        series: [
          {
            labels: labels('upload_bytes', { service: 'photos' }),
            histograms: [histogram(10_485_760, { positive: true, negative: true, zero: true })],
            exemplars: [exemplar({ trace_id: '7f2b', user: 'u-17' }, 10_485_760)],
            metadata: metadata('Size.', 'bytes'),
          },
        ],
        ...taken(0, 1, 1),
      },
    ],
  },
  {
    name: 'several histograms with metadata',
    cases: [
      {
        name: 'each its own',
        series: [
          {
            labels: labels('cpu_ratio', { instance: 'a' }),
            histograms: [histogram(0.75, { positive: true, zero: true })],
            metadata: metadata('CPU.', 'ratio'),
          },
          {
            labels: labels('memory_bytes', { instance: 'a' }),
            histograms: [histogram(2 ** 33, { positive: true, negative: true })],
            metadata: metadata('Memory.', 'bytes'),
          },
        ],
        ...taken(0, 2),
      },
    ],
  },
];
