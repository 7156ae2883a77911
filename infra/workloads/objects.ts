import * as k8s from '@pulumi/kubernetes';
import type { CustomResourceOptions, Resource } from '@pulumi/pulumi';

/** Every kind that the workloads are made of: its API version, and the class that registers it. */
const KINDS = {
  ClusterRole: { apiVersion: 'rbac.authorization.k8s.io/v1', make: k8s.rbac.v1.ClusterRole },
  ClusterRoleBinding: { apiVersion: 'rbac.authorization.k8s.io/v1', make: k8s.rbac.v1.ClusterRoleBinding },
  ConfigMap: { apiVersion: 'v1', make: k8s.core.v1.ConfigMap },
  DaemonSet: { apiVersion: 'apps/v1', make: k8s.apps.v1.DaemonSet },
  Deployment: { apiVersion: 'apps/v1', make: k8s.apps.v1.Deployment },
  HorizontalPodAutoscaler: { apiVersion: 'autoscaling/v2', make: k8s.autoscaling.v2.HorizontalPodAutoscaler },
  Job: { apiVersion: 'batch/v1', make: k8s.batch.v1.Job },
  Namespace: { apiVersion: 'v1', make: k8s.core.v1.Namespace },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', make: k8s.networking.v1.NetworkPolicy },
  PersistentVolume: { apiVersion: 'v1', make: k8s.core.v1.PersistentVolume },
  PersistentVolumeClaim: { apiVersion: 'v1', make: k8s.core.v1.PersistentVolumeClaim },
  PodDisruptionBudget: { apiVersion: 'policy/v1', make: k8s.policy.v1.PodDisruptionBudget },
  Service: { apiVersion: 'v1', make: k8s.core.v1.Service },
  ServiceAccount: { apiVersion: 'v1', make: k8s.core.v1.ServiceAccount },
  StatefulSet: { apiVersion: 'apps/v1', make: k8s.apps.v1.StatefulSet },
  StorageClass: { apiVersion: 'storage.k8s.io/v1', make: k8s.storage.v1.StorageClass },
} as const;

type Kind = keyof typeof KINDS;
type ArgsOf<K extends Kind> = NonNullable<ConstructorParameters<(typeof KINDS)[K]['make']>[1]>;
/** Names are plain text: they say which object it is, in a plan too. */
export type Metadata = { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
/** A Kubernetes object as data. Functions make it, tests read it and hand it to a real API server, `registerObjects` alone acts. */
export type KubernetesObject = { [K in Kind]: { kind: K; metadata: Metadata } & Omit<ArgsOf<K>, 'apiVersion' | 'kind' | 'metadata'> }[Kind];

/** The object with its API version, as the API server takes it. */
export function manifestOf(object: KubernetesObject): KubernetesObject & { apiVersion: string } {
  return { apiVersion: KINDS[object.kind].apiVersion, ...object };
}

/** For messages: `StatefulSet tallyship/collector`. */
export const nameOf = (object: KubernetesObject) => `${object.kind} ${logicalName(object)}`;

/** Kinds whose pods need what stands before them: their account, their traffic, who they call. */
const RUNS_PODS: Kind[] = ['DaemonSet', 'Deployment', 'Job', 'StatefulSet'];

/**
 * Registers objects in their order. What runs pods comes after all that stands before it, and a destroy removes it first:
 * the last cycle of a shipper needs its network policy and the upload API.
 * @param options of each; parent and provider come from the component
 */
export function registerObjects(objects: readonly KubernetesObject[], options: CustomResourceOptions): Resource[] {
  const registered: Resource[] = [];
  for (const object of objects) {
    const { kind, ...args } = object;
    const make = KINDS[kind].make as new (name: string, args: object, options: CustomResourceOptions) => Resource;
    const dependsOn = RUNS_PODS.includes(kind) ? [...registered] : [];
    registered.push(new make(logicalName(object), args, { ...options, dependsOn }));
  }
  return registered;
}

function logicalName({ metadata: { namespace, name } }: KubernetesObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
