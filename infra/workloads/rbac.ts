import type { types } from '@pulumi/kubernetes';
import type { KubernetesObject } from './objects.ts';

/** What a workload's service account may ask of the Kubernetes API, in all namespaces. */
export function clusterRole(name: string, namespace: string, rules: types.input.rbac.v1.PolicyRule[]): KubernetesObject[] {
  const role = `tallyship-${name}`;
  return [
    { kind: 'ClusterRole', metadata: { name: role }, rules },
    {
      kind: 'ClusterRoleBinding',
      metadata: { name: role },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}
