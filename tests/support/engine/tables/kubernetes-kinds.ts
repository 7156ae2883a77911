/** A kind that API servers know, or that a chart brings as a custom resource. */
export type Kind = {
  token: string;
  isNamespaced: boolean /** The chart whose CRDs define it; '' for the API server's own. */;
  chart: string;
};

const own: Record<string, { namespaced?: string[]; cluster?: string[] }> = {
  'core/v1': {
    namespaced: ['ConfigMap', 'Secret', 'Service', 'ServiceAccount', 'Pod', 'PersistentVolumeClaim', 'ResourceQuota', 'LimitRange'],
    cluster: ['Namespace', 'PersistentVolume'],
  },
  'apps/v1': { namespaced: ['Deployment', 'StatefulSet', 'DaemonSet'] },
  'batch/v1': { namespaced: ['Job', 'CronJob'] },
  'autoscaling/v2': { namespaced: ['HorizontalPodAutoscaler'] },
  'policy/v1': { namespaced: ['PodDisruptionBudget'] },
  'networking.k8s.io/v1': { namespaced: ['NetworkPolicy', 'Ingress'], cluster: ['IngressClass'] },
  'rbac.authorization.k8s.io/v1': { namespaced: ['Role', 'RoleBinding'], cluster: ['ClusterRole', 'ClusterRoleBinding'] },
  'storage.k8s.io/v1': { cluster: ['StorageClass'] },
  'scheduling.k8s.io/v1': { cluster: ['PriorityClass'] },
  'apiextensions.k8s.io/v1': { cluster: ['CustomResourceDefinition'] },
  'apiregistration.k8s.io/v1': { cluster: ['APIService'] },
};

const fromCharts: Record<string, Record<string, { namespaced?: string[]; cluster?: string[] }>> = {
  'external-secrets': { 'external-secrets.io/v1': { namespaced: ['ExternalSecret', 'SecretStore'], cluster: ['ClusterSecretStore'] } },
  karpenter: { 'karpenter.sh/v1': { cluster: ['NodePool'] }, 'karpenter.k8s.aws/v1': { cluster: ['EC2NodeClass'] } },
  'cert-manager': { 'cert-manager.io/v1': { namespaced: ['Certificate', 'Issuer'], cluster: ['ClusterIssuer'] } },
};

export const kinds: readonly Kind[] = [
  ...Object.entries(own).flatMap(([version, scopes]) => kindsOf(version, scopes, '')),
  ...Object.entries(fromCharts).flatMap(([chart, versions]) =>
    Object.entries(versions).flatMap(([version, scopes]) => kindsOf(version, scopes, chart)),
  ),
];

function kindsOf(version: string, { namespaced = [], cluster = [] }: { namespaced?: string[]; cluster?: string[] }, chart: string): Kind[] {
  const kind = (name: string, isNamespaced: boolean) => ({ token: `kubernetes:${version}:${name}`, isNamespaced, chart });
  return [...namespaced.map((name) => kind(name, true)), ...cluster.map((name) => kind(name, false))];
}
