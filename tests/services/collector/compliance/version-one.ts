import { type Group, labels, point, refused, taken } from './case.ts';

export const VERSION_ONE: Group[] = [
  {
    name: 'samples in remote write 1.0, without a version header',
    cases: [
      {
        name: 'two series',
        version: 1,
        series: [
          { labels: labels('up', { job: 'shop', instance: '10.0.0.7:9090' }), samples: [point(1)] },
          { labels: labels('orders_total'), samples: [point(100)] },
        ],
        // The suite lets a receiver say nothing here; this one says what it wrote, in either version.
        ...taken(2),
      },
    ],
  },
  {
    name: 'a damaged body in remote write 1.0',
    cases: [
      {
        name: 'wrong length ahead of the block',
        version: 1,
        series: [{ labels: labels('up'), samples: [point(1)] }],
        damage: (body) => {
          body[0] = 0xff;
          return body;
        },
        ...refused(),
      },
    ],
  },
];
