import { CONSOLE_SETTINGS } from '@tallyship/console/settings';
import { envOf } from './env.ts';
import type { ConsoleArgs, MeteringArgs } from './metering-args.ts';
import { INTERNET, type Peer, POD_IDENTITY_AGENT } from './network-policy.ts';
import type { KubernetesObject } from './objects.ts';
import { PLACES, peer } from './places.ts';
import { serviceContainer } from './service-container.ts';
import { workloadObjects } from './workload.ts';

const MIB_PER_GIB = 1024;
const CACHE_DIR = '/cache';
/** Of the volume; a file that was rewritten since it was listed may be larger than was reserved for it. */
const CACHE_SHARE = 0.9;
/** Of the container's memory: the query engine's own, and Node's heap with the answers. What is left is for buffers and threads. */
const QUERY_SHARE = 0.5;
const HEAP_SHARE = 0.25;
const TEMP_MIB = 4096;

/** The console over the lake's bucket. It writes nothing but copies and spilled queries, which end with the pod. */
export function consoleObjects(args: MeteringArgs): KubernetesObject[] {
  if (args.console === undefined) return [];
  const { name, namespace, port } = PLACES.console;
  const { image, minReplicas, maxReplicas, cacheGib, memoryMib, callerNamespaces, serviceAccountAnnotations } = args.console;
  const container = serviceContainer({
    name,
    image,
    port,
    env: envOf(CONSOLE_SETTINGS, {
      CONSOLE_HOST: '0.0.0.0',
      CONSOLE_PORT: port,
      LAKE_BUCKET: args.lake.bucket,
      LAKE_REGION: args.lake.region,
      CACHE_DIR,
      CACHE_MAX_BYTES: Math.floor(cacheGib * 1024 ** 3 * CACHE_SHARE),
      QUERY_MEMORY_MIB: Math.floor(memoryMib * QUERY_SHARE),
      QUERY_TEMP_MIB: TEMP_MIB,
    }),
    size: { cpuRequestMillis: 200, cpuLimitMillis: 2000, memoryMib },
    heapShare: HEAP_SHARE,
    mounts: { cache: CACHE_DIR, tmp: '/tmp' },
    hasTraffic: true,
  });
  return workloadObjects({
    name,
    namespace,
    runs: { as: 'Deployment', minReplicas, maxReplicas, targetCpuPercent: 70 },
    pod: {
      containers: [container],
      volumes: {
        cache: { kind: 'scratch', sizeMib: cacheGib * MIB_PER_GIB },
        // A kubelet ends pods that go over: what the engine may spill stays below it.
        tmp: { kind: 'scratch', sizeMib: TEMP_MIB + 256 },
      },
      terminationGraceS: 60,
    },
    service: { port: 80, targetPort: name },
    ...(serviceAccountAnnotations && { serviceAccountAnnotations }),
    ...(args.secrets.pull !== undefined && { pullSecrets: [args.secrets.pull] }),
    traffic: { from: [peer(PLACES.clusterAgent, [port]), ...callers(callerNamespaces, port)], to: [POD_IDENTITY_AGENT, INTERNET] },
  });
}

const callers = (namespaces: ConsoleArgs['callerNamespaces'], port: number): Peer[] =>
  namespaces.map((namespace) => ({ kind: 'namespace', namespace, ports: [port] }));
