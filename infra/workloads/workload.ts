import { createHash } from 'node:crypto';
import type { types } from '@pulumi/kubernetes';
import { type Traffic, trafficPolicy } from './network-policy.ts';
import type { KubernetesObject, Metadata } from './objects.ts';
import { type PodSpec, podSpec } from './pod.ts';

/** How the pods of a workload are kept running. */
export type Runs =
  | { as: 'Deployment'; replicas: number }
  | { as: 'Deployment'; minReplicas: number; maxReplicas: number; targetCpuPercent: number }
  | { as: 'DaemonSet' }
  | { as: 'StatefulSet'; replicas: number; claim: ClaimSpec };
/** A volume for each replica. `isRetained`: it outlives the StatefulSet, with what is not shipped yet. */
export type ClaimSpec = { name: string; storageClass: string; sizeGib: number; isRetained: boolean };

/** The one shape of everything that runs in the cluster. */
export type Workload = {
  name: string;
  namespace: string;
  runs: Runs;
  pod: Omit<PodSpec, 'serviceAccount'>;
  /** Service port to the name of a container port; without it nobody calls the workload. */
  service?: { port: number; targetPort: string };
  serviceAccountAnnotations?: Record<string, string>;
  /** Secrets with logins of registries. */
  pullSecrets?: string[];
  /** Files of a ConfigMap of the workload's own, by name; a change rolls the pods. */
  config?: Record<string, string>;
  traffic: Traffic;
};

/** The objects of a workload: account, traffic, config, Service, the pods' keeper, and what keeps and scales several replicas. */
export function workloadObjects(workload: Workload): KubernetesObject[] {
  const { name, namespace, service, config } = workload;
  const metadata = metadataOf(workload);
  const account: KubernetesObject = {
    kind: 'ServiceAccount',
    metadata: { ...metadata, ...(workload.serviceAccountAnnotations && { annotations: workload.serviceAccountAnnotations }) },
    automountServiceAccountToken: false,
    ...(workload.pullSecrets && { imagePullSecrets: workload.pullSecrets.map((secret) => ({ name: secret })) }),
  };
  return [
    account,
    trafficPolicy(name, namespace, workload.traffic),
    ...(config ? [{ kind: 'ConfigMap', metadata, data: config } satisfies KubernetesObject] : []),
    ...(service ? [clusterService(metadata, service)] : []),
    ...(workload.runs.as === 'StatefulSet' ? [headlessService(metadata)] : []),
    keeperOf(workload),
    ...replicaObjects(workload),
  ];
}

export const selectorOf = (name: string) => ({ 'app.kubernetes.io/name': name });

function metadataOf({ name, namespace }: Workload): Metadata {
  return { name, namespace, labels: { ...selectorOf(name), 'app.kubernetes.io/part-of': 'tallyship' } };
}

function clusterService(metadata: Metadata, { port, targetPort }: NonNullable<Workload['service']>): KubernetesObject {
  return {
    kind: 'Service',
    metadata,
    spec: { selector: selectorOf(metadata.name), ports: [{ name: port === 443 ? 'https' : 'http', port, targetPort }] },
  };
}

/** It also lists pods that are not ready: they are asked how they are. */
function headlessService(metadata: Metadata): KubernetesObject {
  const { name } = metadata;
  return {
    kind: 'Service',
    metadata: { ...metadata, name: `${name}-pods` },
    spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector: selectorOf(name) },
  };
}

function keeperOf(workload: Workload): KubernetesObject {
  const { name, runs } = workload;
  const metadata = metadataOf(workload);
  const selector = { matchLabels: selectorOf(name) };
  const template = podTemplate(workload);
  switch (runs.as) {
    case 'Deployment':
      // With an autoscaler the number of replicas is its own: naming one here would undo its work at every up.
      return { kind: 'Deployment', metadata, spec: { selector, template, ...('replicas' in runs && { replicas: runs.replicas }) } };
    case 'DaemonSet':
      return { kind: 'DaemonSet', metadata, spec: { selector, template, updateStrategy: { rollingUpdate: { maxUnavailable: '10%' } } } };
    case 'StatefulSet': {
      const keep = runs.claim.isRetained ? 'Retain' : 'Delete';
      return {
        kind: 'StatefulSet',
        metadata,
        spec: {
          serviceName: `${name}-pods`,
          replicas: runs.replicas,
          // Replicas know nothing of one another: one that does not start must not hold up the rest.
          podManagementPolicy: 'Parallel',
          selector,
          template,
          volumeClaimTemplates: [claimTemplate(runs.claim)],
          // A volume of a replica that is scaled away always stays: the drain Job empties it.
          persistentVolumeClaimRetentionPolicy: { whenDeleted: keep, whenScaled: 'Retain' },
        },
      };
    }
  }
}

function podTemplate({ name, runs, pod, config }: Workload): types.input.core.v1.PodTemplateSpec {
  return {
    metadata: {
      labels: { ...selectorOf(name), 'app.kubernetes.io/part-of': 'tallyship' },
      ...(config && { annotations: { 'tallyship/config-digest': digestOf(config) } }),
    },
    spec: {
      ...podSpec({ ...pod, serviceAccount: name }),
      // A tainted node costs money too: it is metered like any other.
      ...(runs.as === 'DaemonSet'
        ? { tolerations: [{ operator: 'Exists' }] }
        : { topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((key) => spread(name, key)) }),
    },
  };
}

function digestOf(config: Record<string, string>): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 16);
}

/** A wish, not a must: with one zone or one node left the replicas still run. */
function spread(name: string, topologyKey: string): types.input.core.v1.TopologySpreadConstraint {
  return { maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: selectorOf(name) } };
}

function claimTemplate({ name, storageClass, sizeGib }: ClaimSpec): types.input.core.v1.PersistentVolumeClaim {
  const resources = { requests: { storage: `${sizeGib}Gi` } };
  return { metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: storageClass, resources } };
}

/** A budget where one replica can go, an autoscaler where their number is not fixed. */
function replicaObjects(workload: Workload): KubernetesObject[] {
  const { name, runs } = workload;
  if (runs.as === 'DaemonSet') return [];
  const metadata = metadataOf(workload);
  const isScaled = 'minReplicas' in runs;
  const budget: KubernetesObject = {
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(name) }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
  };
  const hasSeveral = (isScaled ? runs.minReplicas : runs.replicas) > 1;
  return [...(hasSeveral ? [budget] : []), ...(isScaled ? [autoscaler(metadata, runs)] : [])];
}

function autoscaler(metadata: Metadata, runs: { minReplicas: number; maxReplicas: number; targetCpuPercent: number }): KubernetesObject {
  return {
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name },
      minReplicas: runs.minReplicas,
      maxReplicas: runs.maxReplicas,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: runs.targetCpuPercent } } },
      ],
    },
  };
}
