import { at, isValues, listAt, type PolicyResource, type Values } from './resource.ts';

/** Where each kind that runs pods keeps their specification. */
const POD_SPECS: Record<string, string> = {
  'kubernetes:apps/v1:DaemonSet': 'spec.template.spec',
  'kubernetes:apps/v1:Deployment': 'spec.template.spec',
  'kubernetes:apps/v1:ReplicaSet': 'spec.template.spec',
  'kubernetes:apps/v1:StatefulSet': 'spec.template.spec',
  'kubernetes:batch/v1:CronJob': 'spec.jobTemplate.spec.template.spec',
  'kubernetes:batch/v1:Job': 'spec.template.spec',
  'kubernetes:core/v1:Pod': 'spec',
};

/** @returns the pods' specification; undefined for what runs none */
export function podSpecOf({ type, inputs }: PolicyResource): Values | undefined {
  const path = POD_SPECS[type];
  const spec = path === undefined ? undefined : at(inputs, path);
  return isValues(spec) ? spec : undefined;
}

export type NamedContainer = { label: string; container: Values };

/** All containers of a pod, those that run before the others too. */
export function containersOf(pod: Values | undefined): NamedContainer[] {
  const containers = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) => listAt(pod, list).filter(isValues));
  return containers.map((container) => ({ label: `container ${container.name}`, container }));
}
