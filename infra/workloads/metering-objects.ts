import { clusterAgentObjects, nodeAgentObjects } from './agent.ts';
import { collectorObjects } from './collector.ts';
import { consoleObjects } from './console.ts';
import { drainObjects } from './drain.ts';
import { kubeStateMetricsObjects } from './kube-state-metrics.ts';
import type { MeteringArgs } from './metering-args.ts';
import type { KubernetesObject } from './objects.ts';
import { storageClass } from './storage-class.ts';
import { uploadApiObjects } from './upload-api.ts';

/** Everything that meters a cluster, besides its namespaces: who receives first, who sends last. */
export function meteringObjects(args: MeteringArgs): KubernetesObject[] {
  return [
    storageClass(args.collector.isVolumeRetained),
    ...uploadApiObjects(args),
    ...collectorObjects(args),
    ...drainObjects(args),
    ...consoleObjects(args),
    ...senderObjects(args),
  ];
}

function senderObjects(args: MeteringArgs): KubernetesObject[] {
  const { agent } = args;
  if (agent.mode === 'existing') return [];
  return [...kubeStateMetricsObjects(args), ...clusterAgentObjects(args, agent), ...nodeAgentObjects(args, agent)];
}
