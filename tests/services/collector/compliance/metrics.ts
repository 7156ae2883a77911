import type { WireLabels, WireSeries } from '../../../support/remote-write-messages.ts';
import { type Case, type Group, HOUR_MS, labels, point, refused, T, taken, VALUES } from './case.ts';

const SINGLE: Record<string, { labels: WireLabels; isValid: boolean }> = {
  'a name alone': { labels: labels('up'), isValid: true },
  'several labels': { labels: labels('up', { job: 'shop', instance: '10.0.0.7:9090' }), isValid: true },
  'line breaks in a value': { labels: labels('up', { job: 'shop\nback\n', instance: '10.0.0.7:9090' }), isValid: true },
  'dots in names': { labels: labels('shop.cpu.usage', { 'service.name': 'shop' }), isValid: true },
  'spaces in names': { labels: labels('shop cpu usage', { 'service name': 'shop' }), isValid: true },
  'no name': { labels: [['job', 'shop'], ['instance', '10.0.0.7:9090']], isValid: false }, // biome-ignore format: labels
  'no labels': { labels: [], isValid: false },
};
const nameless = (instance: string): WireLabels => [['job', 'shop'], ['instance', instance]]; // biome-ignore format: labels
const named = (instance: string) => labels('up', { job: 'shop', instance });
const with1 = (all: WireLabels[], bits: bigint): WireSeries[] => all.map((one) => ({ labels: one, samples: [{ bits, timeMs: T }] }));

const single = ([value, bits]: [string, bigint]): Case[] =>
  Object.entries(SINGLE).map(([name, one]) => ({
    name: `${name}, value ${value}`,
    series: with1([one.labels], bits),
    ...(one.isValid ? taken(1) : refused()),
  }));

const several = ([value, bits]: [string, bigint]): Case[] => [
  { name: `four, value ${value}`, series: with1(['a', 'b', 'c', 'd'].map(named), bits), ...taken(4) },
  { name: `four without a name, value ${value}`, series: with1(['a', 'b', 'c', 'd'].map(nameless), bits), ...refused() },
  {
    name: `four, the first without a name, value ${value}`,
    series: with1([nameless('a'), ...['b', 'c', 'd'].map(named)], bits),
    ...refused(3),
  },
];

export const METRICS: Group[] = [
  { name: 'one sample', cases: Object.entries(VALUES).flatMap(single) },
  {
    name: 'a counter that says since when it counts',
    cases: [
      {
        name: 'on its series, as up to 2.0-rc.3',
        series: [{ labels: labels('orders_total', { job: 'shop' }), samples: [point(100)], createdMs: T - HOUR_MS }],
        ...taken(1),
      },
      {
        name: 'on its sample',
        series: [{ labels: labels('orders_total', { job: 'shop' }), samples: [{ ...point(100), startMs: T - HOUR_MS }] }],
        ...taken(1),
      },
    ],
  },
  { name: 'several samples', cases: Object.entries(VALUES).flatMap(several) },
];
