import { UPLOAD_API_SETTINGS } from '@tallyship/upload-api/settings';
import { envOf } from './env.ts';
import type { MeteringArgs } from './metering-args.ts';
import { INTERNET, POD_IDENTITY_AGENT } from './network-policy.ts';
import type { KubernetesObject } from './objects.ts';
import { PLACES, peer } from './places.ts';
import { SECRETS_DIR, secretVolumes, serviceContainer } from './service-container.ts';
import { workloadObjects } from './workload.ts';

/** The upload API. It keeps nothing, so any number of replicas do; its service account alone may write to the lake. */
export function uploadApiObjects(args: MeteringArgs): KubernetesObject[] {
  const { name, namespace, port } = PLACES.uploadApi;
  const { minReplicas, maxReplicas, serviceAccountAnnotations } = args.uploadApi;
  const container = serviceContainer({
    name,
    image: args.images.uploadApi,
    port,
    env: envOf(UPLOAD_API_SETTINGS, {
      UPLOAD_API_HOST: '0.0.0.0',
      UPLOAD_API_PORT: port,
      KEYS_FILE: `${SECRETS_DIR}/upload-keys/keys.json`,
      STORE_BUCKET: args.lake.bucket,
      STORE_REGION: args.lake.region,
    }),
    size: { cpuRequestMillis: 100, cpuLimitMillis: 1000, memoryMib: 256 },
    mounts: { 'upload-keys': `${SECRETS_DIR}/upload-keys` },
    hasTraffic: true,
  });
  return workloadObjects({
    name,
    namespace,
    runs: { as: 'Deployment', minReplicas, maxReplicas, targetCpuPercent: 70 },
    pod: { containers: [container], volumes: secretVolumes({ 'upload-keys': args.secrets.uploadKeys }), terminationGraceS: 30 },
    service: { port: 80, targetPort: name },
    ...(serviceAccountAnnotations && { serviceAccountAnnotations }),
    traffic: {
      from: [PLACES.collector, PLACES.drain, PLACES.clusterAgent].map((place) => peer(place, [port])),
      to: [POD_IDENTITY_AGENT, INTERNET],
    },
  });
}
