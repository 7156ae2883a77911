import { UPLOAD_API_SETTINGS } from '@tallyship/upload-api/settings';
import { envOf } from './env.ts';
import type { MeteringArgs } from './metering-args.ts';
import { INTERNET, type Peer, POD_IDENTITY_AGENT } from './network-policy.ts';
import type { KubernetesObject } from './objects.ts';
import { PLACES, peer, servicePort } from './places.ts';
import { SECRETS_DIR, secretVolumes, serviceContainer } from './service-container.ts';
import { servingTls } from './tls.ts';
import { selectorOf, workloadObjects } from './workload.ts';

/** The upload API. It keeps nothing, so any number of replicas do; its service account alone may write to the lake. */
export function uploadApiObjects(args: MeteringArgs): KubernetesObject[] {
  const { name, namespace, port } = PLACES.uploadApi;
  const { minReplicas, maxReplicas, serviceAccountAnnotations } = args.uploadApi;
  const isTls = args.tls !== undefined;
  const serving = servingTls(args);
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
      ...serving.env,
    }),
    size: { cpuRequestMillis: 100, cpuLimitMillis: 1000, memoryMib: 256 },
    mounts: { 'upload-keys': `${SECRETS_DIR}/upload-keys`, ...serving.mounts },
    hasTraffic: true,
    isTls,
  });
  const objects = workloadObjects({
    name,
    namespace,
    runs: { as: 'Deployment', minReplicas, maxReplicas, targetCpuPercent: 70 },
    pod: {
      containers: [container],
      volumes: { ...secretVolumes({ 'upload-keys': args.secrets.uploadKeys }), ...serving.volumes },
      terminationGraceS: 30,
    },
    service: { port: servicePort(isTls), targetPort: name },
    ...(args.secrets.pull !== undefined && { pullSecrets: [args.secrets.pull] }),
    ...(serviceAccountAnnotations && { serviceAccountAnnotations }),
    traffic: {
      from: [...[PLACES.collector, PLACES.drain, PLACES.clusterAgent].map((place) => peer(place, [port])), ...otherClusters(args)],
      to: [POD_IDENTITY_AGENT, INTERNET],
    },
  });
  return [...objects, ...balancer(args)];
}

/** Whoever comes through the balancer: by the nodes' addresses, or by their own where the balancer sends straight to the pods. */
function otherClusters({ uploadApi: { exposure }, network }: MeteringArgs): Peer[] {
  if (exposure.mode === 'cluster') return [];
  return [{ kind: 'addresses', cidrs: [...new Set([...network.nodeCidrs, ...exposure.callerCidrs])], ports: [PLACES.uploadApi.port] }];
}

const ANNOTATION = 'service.beta.kubernetes.io/aws-load-balancer';
/** What each controller must be told to make an internal network load balancer. The first reads annotations alone. */
const BALANCERS = {
  eks: { annotations: { [`${ANNOTATION}-type`]: 'nlb', [`${ANNOTATION}-internal`]: 'true' } },
  awsLoadBalancerController: {
    annotations: { [`${ANNOTATION}-scheme`]: 'internal', [`${ANNOTATION}-nlb-target-type`]: 'ip' },
    loadBalancerClass: 'service.k8s.aws/nlb',
  },
};
export const UPLOAD_BALANCER = { name: `${PLACES.uploadApi.name}-internal`, namespace: PLACES.uploadApi.namespace };

function balancer({ uploadApi: { exposure } }: MeteringArgs): KubernetesObject[] {
  if (exposure.mode === 'cluster') return [];
  const { annotations, ...spec } = BALANCERS[exposure.controller];
  const { name } = PLACES.uploadApi;
  return [
    {
      kind: 'Service',
      metadata: { ...UPLOAD_BALANCER, labels: selectorOf(name), annotations },
      spec: {
        type: 'LoadBalancer',
        ...spec,
        loadBalancerSourceRanges: exposure.callerCidrs,
        selector: selectorOf(name),
        ports: [{ name: 'https', port: 443, targetPort: name }],
      },
    },
  ];
}
