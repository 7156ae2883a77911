import { sleep } from '../support/child.ts';
import type { Prometheus, PrometheusConfig } from '../support/prometheus.ts';

/** A queue for each version of remote write. */
export const QUEUES = [
  { name: 'v1', message: 'prometheus.WriteRequest' },
  { name: 'v2', message: 'io.prometheus.write.v2.Request' },
] as const;

/** Both queues to one collector, each as a cluster of its own. */
export function queuesTo(collectorUrl: string): PrometheusConfig['remotes'] {
  return QUEUES.map((queue) => ({
    ...queue,
    url: `${collectorUrl}/api/v1/write?cluster_name=${queue.name}&cloud_account_id=000000000000&region=local`,
  }));
}

/** Scraping begins only then: what was written before both queues watch the log is not theirs to send. */
export async function untilQueuesWatch(prometheus: Prometheus): Promise<void> {
  await until(async () => {
    const now = await prometheus.metrics();
    return QUEUES.every(({ name }) => queueMetric(now, 'shards', name) >= 4);
  }, 30_000);
}

/** A metric of a queue without its prefix; -1 while the queue has not made it. */
export function queueMetric(metrics: Map<string, number>, metric: string, name: string): number {
  for (const [key, value] of metrics) {
    if (key.startsWith(`prometheus_remote_storage_${metric}{`) && key.includes(`remote_name="${name}"`)) return value;
  }
  return -1;
}

export async function until(isDone: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  for (const deadlineMs = Date.now() + timeoutMs; !(await isDone()); await sleep(1_000)) {
    if (Date.now() > deadlineMs) throw new Error(`not done after ${timeoutMs} ms: ${isDone}`);
  }
}
