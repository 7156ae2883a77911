import { z } from 'zod';
import { cidr, count, dnsLabel, pemCertificates } from './fields.ts';

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

const inside = z.strictObject({ mode: z.literal('cluster').describe('Nobody.') });
const internal = z.strictObject({
  mode: z.literal('internal').describe('Other clusters, through an internal network load balancer; TLS ends in the pod.'),
  callerCidrs: z
    .array(cidr.refine((block) => !block.endsWith('/0'), 'opens the upload API to everybody'))
    .min(1, 'names no block')
    .describe('Addresses that may call.'),
  controller: z
    .enum(['eks', 'awsLoadBalancerController'])
    .default('eks')
    .describe('Who makes the balancer: what every EKS cluster has, or the AWS Load Balancer Controller where it is installed.'),
});

const uploadApi = z
  .strictObject({
    minReplicas: count(1, 100).default(2).describe('Fewest replicas.'),
    maxReplicas: count(1, 100).default(4).describe('Most replicas.'),
    exposure: z
      .discriminatedUnion('mode', [inside, internal])
      .prefault({ mode: 'cluster' })
      .describe('Who reaches it besides the shippers of this cluster.'),
  })
  .refine(({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas, { path: ['minReplicas'], error: 'is above maxReplicas' });

const consoleSchema = z
  .strictObject({
    minReplicas: count(1, 20).default(1).describe('Fewest replicas.'),
    maxReplicas: count(1, 20).default(2).describe('Most replicas; each keeps copies of its own of what it has read.'),
    cacheGib: count(1, 1024).default(8).describe('Disk of each for copies of the lake’s files; a day of a query must fit.'),
    memoryMib: count(1024, 262_144).default(2048).describe('Memory of each; half of it is for the query.'),
    callerNamespaces: z
      .array(dnsLabel)
      .default([])
      .describe('Namespaces that may call it, such as that of an ingress with a login: it has none.'),
  })
  .refine(({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas, { path: ['minReplicas'], error: 'is above maxReplicas' });

const caCertificate = pemCertificates.describe(
  'Certificate of who signed it, PEM, several while one takes over from another: shippers and agents of the cluster check with it.',
);
const tls = z.discriminatedUnion('mode', [
  z.strictObject({
    mode: z.literal('secretsManager').describe('Certificate and key are the secret `tls`: JSON with the members `tls.crt` and `tls.key`.'),
    caCertificate,
  }),
  z.strictObject({
    mode: z
      .literal('existing')
      .describe('A Secret in the namespace `tallyship`, such as cert-manager writes, with `tls.crt` and `tls.key`.'),
    secretName: dnsLabel.describe('Its name.'),
    caCertificate,
  }),
]);

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
  console: consoleSchema.prefault({}).describe('Console.'),
  hasConsole: z.boolean().default(true).describe('Whether the console runs in the cluster.'),
  tls: tls
    .exactOptional()
    .describe(
      'Certificate of collector and upload API, for `collector.tallyship.svc` and `upload-api.tallyship.svc`, and the names that others call them by. Absent: HTTP inside the cluster.',
    ),
  agent: z.discriminatedUnion('mode', [federated, existing]).prefault({ mode: 'federated' }).describe('Who scrapes.'),
  hasIngestTokens: z
    .boolean()
    .default(false)
    .describe('Senders must show a bearer token, of the secret `ingest-tokens`; the agents show that of the secret `ingest-token`.'),
  sendsToCloudzero: z.boolean().default(false).describe('The same data goes to CloudZero too, with the key of the secret `cloudzero-key`.'),
});
export type MeteringSettings = z.output<typeof meteringSchema>;
