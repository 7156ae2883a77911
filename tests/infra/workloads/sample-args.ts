import type { MeteringArgs } from '../../../infra/workloads/metering-args.ts';

const image = (name: string) => `000000000000.example/${name}@sha256:${'0'.repeat(64)}`;

/** The least that can be set: an own Prometheus sends, nothing goes to CloudZero. */
export const LEAST: MeteringArgs = {
  cluster: { accountId: '000000000000', region: 'eu-west-1', name: 'demo' },
  images: {
    collector: image('collector'),
    shipper: image('shipper'),
    uploadApi: image('upload-api'),
    prometheus: image('prometheus'),
    kubeStateMetrics: image('kube-state-metrics'),
  },
  network: { nodeCidrs: ['10.0.0.0/16'], apiServerCidrs: ['10.0.0.0/16', '172.20.0.0/16'] },
  lake: { bucket: 'demo-lake', region: 'eu-west-1' },
  secrets: { uploadKeys: 'upload-keys', uploadKey: 'upload-key' },
  collector: { replicas: 1, volumeGib: 20, isVolumeRetained: false, drainOrdinals: [], senderNamespaces: ['monitoring'] },
  uploadApi: { minReplicas: 1, maxReplicas: 4, exposure: { mode: 'cluster' } },
  agent: { mode: 'existing' },
};

/** All of it: agents with GPUs, CloudZero, tokens, TLS, other clusters, a console, a pull secret, IRSA, a volume to drain. */
export const MOST: MeteringArgs = {
  ...LEAST,
  secrets: {
    ...LEAST.secrets,
    cloudzeroKey: 'cloudzero-key',
    ingestTokens: 'ingest-tokens',
    ingestToken: 'ingest-token',
    pull: 'pull-secret',
  },
  tls: { secretName: 'tls', caCertificate: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
  collector: { replicas: 2, volumeGib: 50, isVolumeRetained: true, drainOrdinals: [2], senderNamespaces: [] },
  uploadApi: {
    minReplicas: 2,
    maxReplicas: 10,
    serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::000000000000:role/upload-api' },
    exposure: { mode: 'internal', callerCidrs: ['10.8.0.0/13'], controller: 'eks' },
  },
  console: {
    image: image('console'),
    minReplicas: 2,
    maxReplicas: 3,
    cacheGib: 8,
    memoryMib: 2048,
    callerNamespaces: ['ingress'],
    serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::000000000000:role/console' },
  },
  agent: { mode: 'federated', scrapeIntervalS: 60, verifiesKubelets: true, dcgm: { host: 'dcgm-exporter.gpu.svc', port: 9400 } },
};
