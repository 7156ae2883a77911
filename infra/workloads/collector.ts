import { COLLECTOR_SETTINGS } from '@tallyship/collector/settings';
import { envOf } from './env.ts';
import type { MeteringArgs } from './metering-args.ts';
import type { Peer } from './network-policy.ts';
import type { KubernetesObject } from './objects.ts';
import { PLACES, peer, servicePort } from './places.ts';
import type { ContainerSpec } from './pod.ts';
import { DATA_DIR, SECRETS_DIR, secretVolumes, serviceContainer } from './service-container.ts';
import { shipperContainer, shipperReaches, shipperVolumes } from './shipper.ts';
import { storageClassName } from './storage-class.ts';
import { caFile, servingTls } from './tls.ts';
import { workloadObjects } from './workload.ts';

const GIB = 1024 ** 3;
/** Of the data volume; the shipper has as much again. */
const LOG_SHARE = 0.4;
/** The collector ends its requests (10 s) and seals all that is open; only then the shipper stops, with 25 s for a last cycle. */
const TERMINATION_GRACE_S = 180;

/** The collector with its shipper beside it, a volume for each replica. The shipper starts first and stops last. */
export function collectorObjects(args: MeteringArgs): KubernetesObject[] {
  const { replicas, volumeGib, isVolumeRetained } = args.collector;
  return workloadObjects({
    name: PLACES.collector.name,
    namespace: PLACES.collector.namespace,
    runs: {
      as: 'StatefulSet',
      replicas,
      claim: { name: 'data', storageClass: storageClassName(isVolumeRetained), sizeGib: volumeGib, isRetained: isVolumeRetained },
    },
    pod: {
      sidecars: [shipperContainer(args, { podField: 'metadata.name' })],
      containers: [collectorContainer(args)],
      volumes: { ...shipperVolumes(args), ...tokenVolumes(args), ...servingTls(args).volumes },
      terminationGraceS: TERMINATION_GRACE_S,
    },
    service: { port: servicePort(args.tls !== undefined), targetPort: 'collector' },
    ...(args.tls && { config: caFile(args) }),
    ...(args.secrets.pull !== undefined && { pullSecrets: [args.secrets.pull] }),
    traffic: { from: senders(args), to: shipperReaches },
  });
}

function collectorContainer(args: MeteringArgs): ContainerSpec {
  const { cluster, images, secrets, collector } = args;
  const serving = servingTls(args);
  const hasTokens = secrets.ingestTokens !== undefined;
  return serviceContainer({
    name: 'collector',
    image: images.collector,
    port: PLACES.collector.port,
    env: envOf(COLLECTOR_SETTINGS, {
      COLLECTOR_HOST: '0.0.0.0',
      COLLECTOR_PORT: PLACES.collector.port,
      DATA_DIR,
      CLOUD_ACCOUNT_ID: cluster.accountId,
      REGION: cluster.region,
      CLUSTER_NAME: cluster.name,
      // A pod's name comes back with its volume, so files keep the name of their replica.
      REPLICA: { podField: 'metadata.name' },
      TARGETS: secrets.cloudzeroKey === undefined ? 'lake' : 'lake,cloudzero',
      MAX_LOG_BYTES: Math.floor(collector.volumeGib * GIB * LOG_SHARE),
      ...serving.env,
      ...(hasTokens && { BEARER_TOKENS_FILE: `${SECRETS_DIR}/ingest-tokens/tokens` }),
    }),
    size: { cpuRequestMillis: 200, cpuLimitMillis: 2000, memoryMib: 1024 },
    mounts: { data: DATA_DIR, ...serving.mounts, ...(hasTokens && { 'ingest-tokens': `${SECRETS_DIR}/ingest-tokens` }) },
    hasTraffic: true,
    isTls: args.tls !== undefined,
  });
}

const tokenVolumes = ({ secrets }: MeteringArgs) => secretVolumes({ 'ingest-tokens': secrets.ingestTokens });

/** The agents, which read the telemetry of both containers too, and the namespaces of senders that were there before. */
function senders({ collector }: MeteringArgs): Peer[] {
  const { port, shipperPort } = PLACES.collector;
  return [
    peer(PLACES.nodeAgent, [port]),
    peer(PLACES.clusterAgent, [port, shipperPort]),
    ...collector.senderNamespaces.map((namespace): Peer => ({ kind: 'namespace', namespace, ports: [port] })),
  ];
}
