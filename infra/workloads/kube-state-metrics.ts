import type { MeteringArgs } from './metering-args.ts';
import type { KubernetesObject } from './objects.ts';
import { PLACES, peer } from './places.ts';
import { clusterRole } from './rbac.ts';
import { workloadObjects } from './workload.ts';

/** The kinds that costs are made of, by API group. Secrets and ConfigMaps are not among them. */
const WATCHED: Record<string, string[]> = {
  '': ['namespaces', 'nodes', 'persistentvolumeclaims', 'persistentvolumes', 'pods', 'services'],
  apps: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  batch: ['cronjobs', 'jobs'],
};

/** All labels: teams and cost groups are made of labels that nobody knows beforehand. */
const LABELS_ALLOWED = ['nodes', 'pods', 'namespaces'].map((kind) => `${kind}=[*]`).join(',');
const TELEMETRY_PORT = 8081;

/** kube-state-metrics, told to say which labels nodes, pods and namespaces carry. */
export function kubeStateMetricsObjects({ images, network }: MeteringArgs): KubernetesObject[] {
  const { name, namespace, port } = PLACES.kubeStateMetrics;
  const rules = Object.entries(WATCHED).map(([group, resources]) => ({ apiGroups: [group], resources, verbs: ['list', 'watch'] }));
  return [
    ...clusterRole(name, namespace, rules),
    ...workloadObjects({
      name,
      namespace,
      runs: { as: 'Deployment', replicas: 1 },
      pod: {
        hasApiToken: true,
        containers: [
          {
            name,
            image: images.kubeStateMetrics,
            args: [
              `--port=${port}`,
              `--telemetry-port=${TELEMETRY_PORT}`,
              `--resources=${Object.values(WATCHED).flat().join(',')}`,
              `--metric-labels-allowlist=${LABELS_ALLOWED}`,
            ],
            ports: { http: port, telemetry: TELEMETRY_PORT },
            probes: {
              readiness: { path: '/readyz', port: 'telemetry', periodSeconds: 10, failureThreshold: 3 },
              liveness: { path: '/livez', port: 'http', periodSeconds: 20, failureThreshold: 3 },
            },
            size: { cpuRequestMillis: 50, cpuLimitMillis: 500, memoryMib: 384 },
          },
        ],
        terminationGraceS: 30,
      },
      service: { port: 80, targetPort: 'http' },
      traffic: {
        from: [peer(PLACES.clusterAgent, [port])],
        to: [{ kind: 'addresses', cidrs: network.apiServerCidrs, ports: [443] }],
      },
    }),
  ];
}
