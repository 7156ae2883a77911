import type { Answer, KubernetesApi } from './kubernetes-api.ts';

export type Manifest = { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } };

const CLUSTER_SCOPED = [
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'Namespace',
  'PersistentVolume',
  'StorageClass',
  'ValidatingWebhookConfiguration',
];
const PLURALS: Record<string, string> = { NetworkPolicy: 'networkpolicies', StorageClass: 'storageclasses' };

/** Server-side apply as the Pulumi provider does it, strict: a field that the server does not know is an error. */
export function apply(api: KubernetesApi, manifest: Manifest, { isDryRun = false } = {}): Promise<Answer> {
  const query = `fieldManager=test&fieldValidation=Strict&force=false${isDryRun ? '&dryRun=All' : ''}`;
  return api.call('PATCH', `${pathOf(manifest)}?${query}`, manifest, 'application/apply-patch+yaml');
}

/** @throws Error when a namespaced object names no namespace */
export function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`;
  if (CLUSTER_SCOPED.includes(kind)) return `${root}/${plural}/${metadata.name}`;
  if (metadata.namespace === undefined) throw new Error(`${kind} ${metadata.name} names no namespace`);
  return `${root}/namespaces/${metadata.namespace}/${plural}/${metadata.name}`;
}
