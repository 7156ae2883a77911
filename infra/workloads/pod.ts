import type { types } from '@pulumi/kubernetes';
import type { Input } from '@pulumi/pulumi';

/** Memory is requested as it is limited, so that a node never has to take back what it promised. */
export type ContainerSize = { cpuRequestMillis: number; cpuLimitMillis: number; memoryMib: number };

export type ContainerSpec = {
  name: string;
  image: Input<string>;
  command?: string[];
  args?: string[];
  env?: types.input.core.v1.EnvVar[];
  /** Port name to number. */
  ports?: Record<string, number>;
  probes?: { readiness?: HttpProbe; liveness?: HttpProbe };
  size: ContainerSize;
  /** Volume name to the path where it is seen. */
  mounts?: Record<string, string>;
};
export type HttpProbe = { path: string; port: string; periodSeconds: number; failureThreshold: number; scheme?: 'HTTPS' };

/** Files from a Secret or ConfigMap, room of the pod's own that ends with it, or a claim. */
export type VolumeSpec =
  | { kind: 'secret'; secretName: string }
  | { kind: 'config'; configMap: string }
  | { kind: 'scratch'; sizeMib: number }
  | { kind: 'claim'; claimName: string };

export type PodSpec = {
  serviceAccount: string;
  /** Whether the pod talks to the Kubernetes API. */
  hasApiToken?: boolean;
  /** Run to their end before the rest starts. */
  init?: ContainerSpec[];
  /** Start before the containers and stop after them (native sidecars). */
  sidecars?: ContainerSpec[];
  containers: ContainerSpec[];
  volumes?: Record<string, VolumeSpec>;
  terminationGraceS: number;
};

/** The user of distroless images' `nonroot`; the data volumes belong to its group. */
const NON_ROOT = 65_532;

/** A pod as Pod Security `restricted` wants it, with a read-only root on top. */
export function podSpec(pod: PodSpec): types.input.core.v1.PodSpec {
  const before = [
    ...(pod.init ?? []).map((spec) => container(spec)),
    ...(pod.sidecars ?? []).map((spec) => ({ ...container(spec), restartPolicy: 'Always' })),
  ];
  return {
    serviceAccountName: pod.serviceAccount,
    automountServiceAccountToken: pod.hasApiToken ?? false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: NON_ROOT,
      runAsGroup: NON_ROOT,
      fsGroup: NON_ROOT,
      // A volume with many files would otherwise be walked at every start.
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    terminationGracePeriodSeconds: pod.terminationGraceS,
    ...(before.length > 0 && { initContainers: before }),
    containers: pod.containers.map((spec) => container(spec)),
    ...(pod.volumes && { volumes: Object.entries(pod.volumes).map(([name, volume]) => ({ name, ...volumeSource(volume) })) }),
  };
}

function container(spec: ContainerSpec): types.input.core.v1.Container {
  const { cpuRequestMillis, cpuLimitMillis, memoryMib } = spec.size;
  return {
    name: spec.name,
    image: spec.image,
    imagePullPolicy: 'IfNotPresent',
    ...(spec.command && { command: spec.command }),
    ...(spec.args && { args: spec.args }),
    ...(spec.env && { env: spec.env }),
    ...(spec.ports && { ports: Object.entries(spec.ports).map(([name, containerPort]) => ({ name, containerPort })) }),
    ...(spec.probes?.readiness && { readinessProbe: httpProbe(spec.probes.readiness) }),
    ...(spec.probes?.liveness && { livenessProbe: httpProbe(spec.probes.liveness) }),
    resources: {
      requests: { cpu: `${cpuRequestMillis}m`, memory: `${memoryMib}Mi` },
      limits: { cpu: `${cpuLimitMillis}m`, memory: `${memoryMib}Mi` },
    },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ...(spec.mounts && { volumeMounts: Object.entries(spec.mounts).map(([name, mountPath]) => ({ name, mountPath })) }),
  };
}

function httpProbe({ path, port, periodSeconds, failureThreshold, scheme }: HttpProbe): types.input.core.v1.Probe {
  return { httpGet: { path, port, ...(scheme && { scheme }) }, periodSeconds, failureThreshold, timeoutSeconds: 3 };
}

function volumeSource(volume: VolumeSpec): Omit<types.input.core.v1.Volume, 'name'> {
  switch (volume.kind) {
    case 'secret':
      return { secret: { secretName: volume.secretName, defaultMode: 0o440 } };
    case 'config':
      return { configMap: { name: volume.configMap } };
    case 'scratch':
      return { emptyDir: { sizeLimit: `${volume.sizeMib}Mi` } };
    case 'claim':
      return { persistentVolumeClaim: { claimName: volume.claimName } };
  }
}
