import type { Peer } from './network-policy.ts';

/** Where each workload is: its name, its namespace, the ports of its containers. */
export const PLACES = {
  collector: { name: 'collector', namespace: 'tallyship', port: 8080, shipperPort: 8081 },
  drain: { name: 'drain', namespace: 'tallyship' },
  uploadApi: { name: 'upload-api', namespace: 'tallyship', port: 8082 },
  nodeAgent: { name: 'node-agent', namespace: 'tallyship-agent' },
  clusterAgent: { name: 'cluster-agent', namespace: 'tallyship-agent' },
  kubeStateMetrics: { name: 'kube-state-metrics', namespace: 'tallyship-agent', port: 8080 },
} as const;

type Place = { name: string; namespace: string };

/** A workload as the other end of traffic; `ports` are those of the end that is called. */
export const peer = ({ name, namespace }: Place, ports: number[]): Peer => ({ kind: 'workload', name, namespace, ports });

/** A workload's Service, on port 80, from any namespace. */
export const serviceUrl = ({ name, namespace }: Place) => `http://${name}.${namespace}.svc`;
/** Resolves to every pod of a StatefulSet. */
export const podsHost = ({ name, namespace }: Place) => `${name}-pods.${namespace}.svc`;
/** Where senders of the cluster write to. */
export const remoteWriteUrl = () => `${serviceUrl(PLACES.collector)}/api/v1/write`;
