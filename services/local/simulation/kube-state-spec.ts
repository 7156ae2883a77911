import type { SeriesSpec } from './scraped-series.ts';
import { constant, type Fill } from './values.ts';

export type Labels = Record<string, string>;

/** What service discovery puts on every sample of kube-state-metrics. No `node` here: that label is the metrics' own. */
const COMMON: Labels = {
  job: 'kube-state-metrics',
  instance: '10.0.3.17:8080',
  app_kubernetes_io_component: 'metrics',
  app_kubernetes_io_instance: 'kube-state-metrics',
  app_kubernetes_io_name: 'kube-state-metrics',
  app_kubernetes_io_version: '2.18.0',
  helm_sh_chart: 'kube-state-metrics-7.1.0',
};

/** A series of kube-state-metrics; a number stands for a value that never changes. */
export function spec(metric: string, labels: Labels, value: number | Fill): SeriesSpec {
  return { metric, labels: { ...COMMON, ...labels }, fill: typeof value === 'number' ? constant(value) : value };
}

/** `label_<key>` with every character that a label name can't hold turned into `_`. */
export function labelColumns(labels: Record<string, string>): Labels {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [`label_${key.replace(/[^a-zA-Z0-9_]/g, '_')}`, value]));
}
