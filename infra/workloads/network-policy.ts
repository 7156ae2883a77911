import type { types } from '@pulumi/kubernetes';
import type { KubernetesObject } from './objects.ts';

/** Who a workload talks with. A whole namespace, one workload of it, or addresses. */
export type Peer =
  | { kind: 'workload'; name: string; namespace: string; ports: number[] }
  | { kind: 'namespace'; namespace: string; ports: number[] }
  | { kind: 'addresses'; cidrs: string[]; ports: number[] };
export type Traffic = { from: Peer[]; to: Peer[] };

/** HTTPS to anywhere but the instance metadata, which would give a pod the node's role. */
export const INTERNET: Peer = { kind: 'addresses', cidrs: ['0.0.0.0/0'], ports: [443] };
/** Where EKS Pod Identity hands out credentials, on every node. */
export const POD_IDENTITY_AGENT: Peer = { kind: 'addresses', cidrs: ['169.254.170.23/32'], ports: [80] };

const METADATA_ADDRESS = '169.254.169.254/32';
const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';

/** What one workload may do in a namespace that denies everything. Names are looked up by all of them. */
export function trafficPolicy(name: string, namespace: string, { from, to }: Traffic): KubernetesObject {
  return {
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/name': name } },
      policyTypes: ['Ingress', 'Egress'],
      // The API server drops an empty list: written, it would be a change at every up.
      ...(from.length > 0 && { ingress: from.map((peer) => ({ from: selectorsOf(peer), ports: tcp(peer.ports) })) }),
      egress: [DNS, ...to.map((peer) => ({ to: selectorsOf(peer), ports: tcp(peer.ports) }))],
    },
  };
}

const DNS = {
  to: [
    { namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: 'kube-system' } }, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } },
  ],
  ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 })),
};

function selectorsOf(peer: Peer): types.input.networking.v1.NetworkPolicyPeer[] {
  if (peer.kind === 'addresses') {
    return peer.cidrs.map((cidr) => ({ ipBlock: { cidr, ...(cidr === '0.0.0.0/0' && { except: [METADATA_ADDRESS] }) } }));
  }
  const namespaceSelector = { matchLabels: { [NAMESPACE_LABEL]: peer.namespace } };
  if (peer.kind === 'namespace') return [{ namespaceSelector }];
  return [{ namespaceSelector, podSelector: { matchLabels: { 'app.kubernetes.io/name': peer.name } } }];
}

function tcp(ports: number[]): types.input.networking.v1.NetworkPolicyPort[] {
  return ports.map((port) => ({ protocol: 'TCP', port }));
}
