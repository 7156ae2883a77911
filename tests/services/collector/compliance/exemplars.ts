import type { WireExemplar, WireLabels } from '../../../support/remote-write-messages.ts';
import { bitsOf } from '../../../support/remote-write-messages.ts';
import { type Case, exemplar, type Group, HOUR_MS, labels, MINUTE_MS, point, refused, T, taken } from './case.ts';

const ORDERS = labels('orders_total', { job: 'shop' });
const beside = (name: string, of: WireLabels, own: Record<string, string>, value = 1): Case => ({
  name,
  series: [{ labels: of, samples: [point(value)], exemplars: [exemplar(own, value)] }],
  ...taken(1, 0, 1),
});
const SPECIAL: Record<string, bigint> = {
  'a zero': 0n,
  'a negative number': bitsOf(-123.456),
  'a large number': bitsOf(1e10),
  'a small number': bitsOf(1e-10),
  NaN: 0x7ff8000000000001n,
  '+Inf': bitsOf(Number.POSITIVE_INFINITY),
  '-Inf': bitsOf(Number.NEGATIVE_INFINITY),
};
const trace: WireExemplar = exemplar({ trace_id: '7f2a' }, 1);
const named = (name: string, of: WireLabels, expected: Pick<Case, 'status' | 'written'>): Case => ({
  name,
  series: [{ labels: of, samples: [point(1)], exemplars: [trace] }],
  ...expected,
});

export const EXEMPLARS: Group[] = [
  {
    name: 'an exemplar beside its sample',
    cases: [
      beside('a trace', ORDERS, { trace_id: '7f2a' }),
      beside('a trace and a span', labels('order_seconds', { method: 'GET' }), { trace_id: '7f2a', span_id: '19' }, 0.125),
      beside('no trace', labels('cpu_ratio', { instance: 'a' }), { user: 'u-17' }, 0.85),
      beside('several labels', ORDERS, { trace_id: '7f2a', user: 'admin', path: '/cart' }, 0.05),
      beside('no labels', labels('orders_total'), {}),
      beside('punctuation', labels('orders_total'), { trace_id: 'a-b_c.9' }, 42),
      beside('other alphabets and signs', labels('orders_total', { region: '🌍' }), { trace_id: 'пример-例' }, 100),
    ],
  },
  {
    name: 'an exemplar of a counter that says since when it counts',
    cases: [
      {
        name: 'two hours',
        series: [
          {
            labels: ORDERS,
            samples: [{ ...point(250), startMs: T - 2 * HOUR_MS }],
            exemplars: [exemplar({ trace_id: '7f2a', span_id: '19' }, 250)],
            createdMs: T - 2 * HOUR_MS,
          },
        ],
        ...taken(1, 0, 1),
      },
    ],
  },
  {
    name: 'several exemplars',
    cases: [
      {
        name: 'one a series',
        series: ['GET', 'POST', 'PUT'].map((method, at) => ({
          labels: labels('order_seconds', { method }),
          samples: [point(at / 10)],
          exemplars: [exemplar({ trace_id: `trace-${at}` }, at / 10)],
        })),
        ...taken(3, 0, 3),
      },
    ],
  },
  {
    name: 'exemplars of other times',
    cases: [
      {
        name: 'an hour ago, a minute ago, now, in series of their own with the same labels',
        series: [HOUR_MS, MINUTE_MS, 0].map((agoMs) => ({
          labels: labels('order_seconds'),
          samples: [point(0.05, agoMs)],
          exemplars: [exemplar({ trace_id: `before-${agoMs}` }, 0.05, agoMs)],
        })),
        ...taken(3, 0, 3),
      },
    ],
  },
  {
    name: 'names of series with exemplars',
    cases: [
      named('none', [['job', 'shop']], refused()),
      named('an empty one', [['__name__', '']], refused()),
      named('a good one', labels('orders_total'), taken(1, 0, 1)),
    ],
  },
  {
    name: 'values of exemplars',
    cases: Object.entries(SPECIAL).map(([name, bits]) => ({
      name,
      series: [
        { labels: labels('load'), samples: [{ bits, timeMs: T }], exemplars: [{ labels: [['trace_id', '7f2a']], bits, timeMs: T }] },
      ],
      ...taken(1, 0, 1),
    })),
  },
];
