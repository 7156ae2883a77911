import { z } from 'zod';
import { count, dnsLabel } from './fields.ts';

const collector = z
  .strictObject({
    replicas: count(1, 9).default(2).describe('Collectors, each with a volume.'),
    volumeGib: count(5, 16_384).default(20).describe('Volume of each: the log, and what is not shipped yet.'),
    drainOrdinals: z.array(count(0, 8)).default([]).describe('Replicas that were scaled away: a Job ships what their volumes still hold.'),
    senderNamespaces: z.array(dnsLabel).default([]).describe('Namespaces that may send, besides the agents’ own.'),
  })
  .refine(({ replicas, drainOrdinals }) => drainOrdinals.every((ordinal) => ordinal >= replicas), {
    path: ['drainOrdinals'],
    error: 'names a replica that runs; lower replicas first',
  });

const uploadApi = z
  .strictObject({
    minReplicas: count(1, 100).default(2).describe('Fewest replicas.'),
    maxReplicas: count(1, 100).default(4).describe('Most replicas.'),
  })
  .refine(({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas, { path: ['minReplicas'], error: 'is above maxReplicas' });

const federated = z.strictObject({
  mode: z.literal('federated').describe('An agent on each node, and one for the cluster.'),
  scrapeIntervalS: count(10, 300).default(60).describe('Seconds between two scrapes.'),
  verifiesKubelets: z.boolean().default(true).describe('Off where kubelets have certificates that the cluster did not sign.'),
  dcgm: z
    .strictObject({ host: z.string().min(1), port: count(1, 65_535) })
    .exactOptional()
    .describe('Headless Service of the DCGM exporter, for GPU metrics.'),
});
const existing = z.strictObject({
  mode: z.literal('existing').describe('The cluster has a Prometheus; the output `remoteWrite` is its block.'),
});

export const meteringSchema = z.strictObject({
  collector: collector.prefault({}).describe('Collector and shipper.'),
  uploadApi: uploadApi.prefault({}).describe('Upload API.'),
  agent: z.discriminatedUnion('mode', [federated, existing]).prefault({ mode: 'federated' }).describe('Who scrapes.'),
  hasIngestTokens: z.boolean().default(false).describe('Senders must show a bearer token, of the secret `ingest-tokens`.'),
  sendsToCloudzero: z.boolean().default(false).describe('The same data goes to CloudZero too, with the key of the secret `cloudzero-key`.'),
});
export type MeteringSettings = z.output<typeof meteringSchema>;
