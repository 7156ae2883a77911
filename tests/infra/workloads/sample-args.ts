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
  uploadApi: { minReplicas: 1, maxReplicas: 4 },
  agent: { mode: 'existing' },
};

/** All of it: agents with GPUs, CloudZero, tokens, IRSA, a volume to drain. */
export const MOST: MeteringArgs = {
  ...LEAST,
  secrets: { ...LEAST.secrets, cloudzeroKey: 'cloudzero-key', ingestTokens: 'ingest-tokens' },
  collector: { replicas: 2, volumeGib: 50, isVolumeRetained: true, drainOrdinals: [2], senderNamespaces: [] },
  uploadApi: {
    minReplicas: 2,
    maxReplicas: 10,
    serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::000000000000:role/upload-api' },
  },
  agent: { mode: 'federated', scrapeIntervalS: 60, verifiesKubelets: true, dcgm: { host: 'dcgm-exporter.gpu.svc', port: 9400 } },
};
