import type { WireSeries } from '../../../support/remote-write-messages.ts';
import { exemplar, type Group, HOUR_MS, histogram, labels, MINUTE_MS, point, TYPE, taken } from './case.ts';

const about = (type: number, unit: string) => ({ type, help: `About ${unit}.`, unit });
const one = (name: string, series: WireSeries[], expected: ReturnType<typeof taken>) => ({
  name,
  cases: [{ name: 'in one request', series, ...expected }],
});
const fifty = <T>(make: (at: number) => T): T[] => Array.from({ length: 50 }, (_, at) => make(at));

export const COMBINATIONS: Group[] = [
  one(
    'a sample with metadata and an exemplar',
    [
      {
        labels: labels('orders_total', { job: 'shop', method: 'POST' }),
        samples: [point(1)],
        exemplars: [exemplar({ trace_id: '7f2a', user: 'u-17' }, 1)],
        metadata: about(TYPE.counter, 'orders'),
      },
    ],
    taken(1, 0, 1),
  ),
  one(
    'a histogram with metadata and an exemplar, of another service',
    [
      {
        labels: labels('login_seconds', { service: 'auth' }),
        histograms: [histogram(0.456, { positive: true, negative: true, zero: true })],
        exemplars: [exemplar({ trace_id: '7f2c', path: '/login' }, 0.456)],
        metadata: about(TYPE.histogram, 'seconds'),
      },
    ],
    taken(0, 1, 1),
  ),
  one(
    'samples of which one has an exemplar',
    [
      {
        labels: labels('cpu_ratio', { instance: 'a' }),
        samples: [point(0.85)],
        exemplars: [exemplar({ trace_id: '7f2d', process: 'worker' }, 0.85)],
        metadata: about(TYPE.gauge, 'ratio'),
      },
      { labels: labels('memory_bytes', { instance: 'a' }), samples: [point(2 ** 33)], metadata: about(TYPE.gauge, 'bytes') },
    ],
    taken(2, 0, 1),
  ),
  one(
    'histograms of which one has an exemplar',
    [
      {
        labels: labels('answer_seconds', { path: '/api/v1/cart' }),
        histograms: [histogram(0.125, { positive: true, zero: true })],
        exemplars: [exemplar({ trace_id: '7f2e', user: 'u-18' }, 0.125)],
        metadata: about(TYPE.histogram, 'seconds'),
      },
      {
        labels: labels('request_bytes', { method: 'POST' }),
        histograms: [histogram(1024, { negative: true, zero: true })],
        metadata: about(TYPE.histogram, 'bytes'),
      },
    ],
    taken(0, 2, 1),
  ),
  one(
    'families of samples',
    [
      {
        labels: labels('orders_total', { status: '200' }),
        samples: [point(1000)],
        exemplars: [exemplar({ trace_id: '7f2f' }, 1000)],
        metadata: about(TYPE.counter, 'orders'),
      },
      { labels: labels('temperature_celsius', { room: 'a' }), samples: [point(23.5)], metadata: about(TYPE.gauge, 'celsius') },
    ],
    taken(2, 0, 1),
  ),
  one(
    'families of histograms',
    [
      {
        labels: labels('scrape_seconds', { handler: '/metrics' }),
        histograms: [histogram(0.003, { positive: true, zero: true })],
        exemplars: [exemplar({ trace_id: '7f30', scraper: 'agent' }, 0.003)],
        metadata: about(TYPE.histogram, 'seconds'),
      },
    ],
    taken(0, 1, 1),
  ),
  {
    name: 'edges',
    cases: [
      { name: 'metadata alone', series: [{ labels: labels('orphan'), metadata: about(TYPE.counter, 'count') }], ...taken(0) },
      {
        name: 'an exemplar alone',
        series: [{ labels: labels('orphan'), exemplars: [exemplar({ trace_id: '7f31' }, 42)] }],
        ...taken(0, 0, 1),
      },
      {
        name: 'times that are an hour apart',
        series: [
          { labels: labels('old'), samples: [point(1, HOUR_MS)], exemplars: [exemplar({ trace_id: '7f32' }, 1, 30 * MINUTE_MS)] },
          { labels: labels('new'), samples: [point(2)] },
        ],
        ...taken(2, 0, 1),
      },
    ],
  },
  one(
    'fifty samples',
    fifty((at) => ({
      labels: labels(`counter_${at}`, { series: `s-${at}` }),
      samples: [point(at * 100)],
      exemplars: [exemplar({ trace_id: `t-${at}` }, at * 100)],
      metadata: about(TYPE.counter, 'count'),
    })),
    taken(50, 0, 50),
  ),
  one(
    'fifty histograms',
    fifty((at) => ({
      labels: labels(`histogram_${at}`, { series: `s-${at}` }),
      histograms: [histogram(at / 10, { positive: true, negative: at % 2 === 0, zero: true })],
      exemplars: [exemplar({ trace_id: `t-${at}` }, at / 10)],
      metadata: about(TYPE.histogram, 'seconds'),
    })),
    taken(0, 50, 50),
  ),
  one(
    'special characters everywhere',
    [
      {
        labels: labels('thing', { job: 'a-b_c.d@e', instance: '10.0.0.7:9090', environment: 'test🚀' }),
        samples: [point(42)],
        exemplars: [exemplar({ trace_id: 'äöü-123', span_id: 'a.b-c_d' }, 42)],
        metadata: { type: TYPE.gauge, help: 'äöü,\n"quoted"', unit: 'special/units' },
      },
    ],
    taken(1, 0, 1),
  ),
  one(
    'a histogram of custom buckets with an exemplar',
    [
      {
        labels: labels('latency_seconds', { version: 'v2' }),
        histograms: [histogram(0.05, { custom: true })],
        exemplars: [exemplar({ trace_id: '7f33', bucket: '0.1' }, 0.05)],
      },
    ],
    taken(0, 1, 1),
  ),
];
