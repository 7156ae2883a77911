import type { KubernetesObject } from './objects.ts';

/** Pod Security level of each namespace, enforced by the API server; a level below `restricted` says what needs it. */
export const NAMESPACES = {
  tallyship: { level: 'restricted', why: 'collector, shipper, upload API and console need nothing of the node' },
  'tallyship-agent': { level: 'restricted', why: 'the agents scrape over the network: no host network, no host paths' },
} as const satisfies Record<string, { level: 'restricted' | 'baseline' | 'privileged'; why: string }>;

/** Each namespace with its level, and a policy that denies all traffic: each workload brings what it needs. */
export function namespaceObjects(): KubernetesObject[] {
  return Object.entries(NAMESPACES).flatMap(([name, { level, why }]) => [namespace(name, level, why), denyAll(name)]);
}

function namespace(name: string, level: string, why: string): KubernetesObject {
  const modes = ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, level]);
  const labels = { 'app.kubernetes.io/part-of': 'tallyship', ...Object.fromEntries(modes) };
  return { kind: 'Namespace', metadata: { name, labels, annotations: { 'tallyship/pod-security': why } } };
}

function denyAll(namespace: string): KubernetesObject {
  return {
    kind: 'NetworkPolicy',
    metadata: { name: 'deny-all', namespace },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  };
}
