import type { types } from '@pulumi/kubernetes';
import type { Input } from '@pulumi/pulumi';
import type { ContainerSize, ContainerSpec, VolumeSpec } from './pod.ts';

/** Where the data volume and the mounted secrets are seen. */
export const DATA_DIR = '/data';
export const SECRETS_DIR = '/etc/tallyship';

export type ServiceContainer = {
  name: string;
  image: Input<string>;
  port: number;
  env: types.input.core.v1.EnvVar[];
  size: ContainerSize;
  mounts: Record<string, string>;
  args?: string[];
  /** Whether its `/readyz` decides if the pod gets traffic. */
  hasTraffic: boolean;
  isTls?: boolean;
  /** Share of the memory that Node's heap may take; what is left is for what it does not count. */
  heapShare?: number;
};

// Node sizes its heap from the machine unless it is told: in a small container that ends in a kill. Buffers and threads need the rest.
const HEAP_SHARE = 0.6;

/** Bodies come in pieces outside of the heap that only a collection frees: a small young generation has more of the cheap ones (docs/performance.md). */
const YOUNG_MIB = 2;

/** A container of one of our images: they all answer `/livez`, `/readyz` and `/metrics` on their one port. */
export function serviceContainer(spec: ServiceContainer): ContainerSpec {
  const { name, image, port, env, size, mounts, args, hasTraffic, heapShare = HEAP_SHARE } = spec;
  const portName = name.slice(0, 15);
  const scheme = spec.isTls ? { scheme: 'HTTPS' as const } : {};
  return {
    name,
    image,
    ...(args && { args }),
    env: [...env, { name: 'NODE_OPTIONS', value: nodeOptions(size.memoryMib * heapShare) }],
    ports: { [portName]: port },
    probes: {
      liveness: { path: '/livez', port: portName, periodSeconds: 20, failureThreshold: 3, ...scheme },
      ...(hasTraffic && { readiness: { path: '/readyz', port: portName, periodSeconds: 5, failureThreshold: 2, ...scheme } }),
    },
    size,
    mounts,
  };
}

/** Volumes of Secrets, by the name of the volume; one that is not set makes none. */
export function secretVolumes(secrets: Record<string, string | undefined>): Record<string, VolumeSpec> {
  const given = Object.entries(secrets).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([name, secretName]) => [name, { kind: 'secret', secretName } as const]));
}

function nodeOptions(heapMib: number): string {
  return `--max-old-space-size=${Math.floor(heapMib)} --max-semi-space-size=${YOUNG_MIB}`;
}
