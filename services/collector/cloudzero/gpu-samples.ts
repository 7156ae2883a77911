import type { LabelPair, Series } from '../decode/labels.ts';
import { labelPairs } from '../decode/labels.ts';

/** The exporter's metrics that become CloudZero's, and how. */
export const GPU_METRICS = { DCGM_FI_DEV_GPU_UTIL: 'usage', DCGM_FI_DEV_FB_USED: 'used', DCGM_FI_DEV_FB_FREE: 'free' } as const;
export type GpuMetric = (typeof GPU_METRICS)[keyof typeof GPU_METRICS];

const CONVERTED = {
  usage: 'container_resources_gpu_usage_percent',
  memory: 'container_resources_gpu_memory_usage_percent',
} as const;

export type GpuSample = { metric: GpuMetric; series: Series; timeMs: number; value: number };
export type ConvertedSample = { pairs: LabelPair[]; timeMs: number; value: number };

/**
 * Samples of NVIDIA's DCGM exporter as CloudZero names them: utilisation as it is, memory as used / (used + free) in percent, for
 * which both samples must stand in the same request. A sample that no container is named on is left out.
 */
export function convertGpuSamples(samples: readonly GpuSample[]): ConvertedSample[] {
  const converted: ConvertedSample[] = [];
  const memory = new Map<string, Partial<Record<'used' | 'free', GpuSample>>>();
  for (const sample of samples) {
    const labels = new Map(labelPairs(sample.series));
    const owner = ['namespace', 'pod', 'container'].map((name) => labels.get(name) ?? '');
    if (owner.includes('')) continue;
    if (sample.metric === 'usage') {
      converted.push({ pairs: renamed(labels, CONVERTED.usage), timeMs: sample.timeMs, value: sample.value });
      continue;
    }
    const key = JSON.stringify([...owner, labels.get('gpu') ?? '', sample.timeMs]);
    const pair = { ...memory.get(key), [sample.metric]: sample };
    memory.set(key, pair);
    if (!pair.used || !pair.free) continue;
    const value = (pair.used.value / (pair.used.value + pair.free.value)) * 100;
    converted.push({ pairs: renamed(new Map(labelPairs(pair.used.series)), CONVERTED.memory), timeMs: sample.timeMs, value });
  }
  return converted;
}

/** The exporter names its node in `Hostname` where no relabelling gave it a `node`. */
function renamed(labels: Map<string, string>, metric: string): LabelPair[] {
  const node = labels.get('node') ?? labels.get('Hostname') ?? '';
  return [...new Map([...labels, ['__name__', metric], ['node', node]])];
}
