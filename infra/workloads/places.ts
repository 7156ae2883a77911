import type { Peer } from './network-policy.ts';

/** Where each workload is: its name, its namespace, the ports of its containers. */
export const PLACES = {
  collector: { name: 'collector', namespace: 'tallyship', port: 8080, shipperPort: 8081 },
  drain: { name: 'drain', namespace: 'tallyship' },
  uploadApi: { name: 'upload-api', namespace: 'tallyship', port: 8082 },
  console: { name: 'console', namespace: 'tallyship', port: 8090 },
  nodeAgent: { name: 'node-agent', namespace: 'tallyship-agent' },
  clusterAgent: { name: 'cluster-agent', namespace: 'tallyship-agent' },
  kubeStateMetrics: { name: 'kube-state-metrics', namespace: 'tallyship-agent', port: 8080 },
} as const;

type Place = { name: string; namespace: string };

/** A workload as the other end of traffic; `ports` are those of the end that is called. */
export const peer = ({ name, namespace }: Place, ports: number[]): Peer => ({ kind: 'workload', name, namespace, ports });

/** A workload's Service, from any namespace: HTTP on port 80, or HTTPS on 443. */
export const serviceUrl = (place: Place, isTls = false) => `http${isTls ? 's' : ''}://${serviceHost(place)}`;
/** The name that its certificate must have. */
export const serviceHost = ({ name, namespace }: Place) => `${name}.${namespace}.svc`;
export const servicePort = (isTls: boolean) => (isTls ? 443 : 80);
/** Resolves to every pod of a StatefulSet. */
export const podsHost = ({ name, namespace }: Place) => `${name}-pods.${namespace}.svc`;
/** Where senders of the cluster write to. */
export const remoteWriteUrl = (isTls: boolean) => `${serviceUrl(PLACES.collector, isTls)}/api/v1/write`;
