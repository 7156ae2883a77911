import { AGENT_CONFIG_DIR, AGENT_TOKEN_DIR, clusterAgentConfig, type Door, NODE_IP, NODE_NAME, nodeAgentConfig } from './agent-config.ts';
import { envVar } from './env.ts';
import type { AgentArgs, MeteringArgs } from './metering-args.ts';
import type { Peer } from './network-policy.ts';
import type { KubernetesObject } from './objects.ts';
import { PLACES, peer } from './places.ts';
import type { ContainerSize, ContainerSpec, VolumeSpec } from './pod.ts';
import { clusterRole } from './rbac.ts';
import { secretVolumes } from './service-container.ts';
import { caFile } from './tls.ts';
import { workloadObjects } from './workload.ts';

type Federated = Extract<AgentArgs, { mode: 'federated' }>;

const RENDERED_DIR = '/etc/rendered';
const CONFIG_FILE = 'agent.json';
const KUBELET_PORT = 10_250;
const TERMINATION_GRACE_S = 60;
const toCollector = peer(PLACES.collector, [PLACES.collector.port]);

/** A Prometheus agent on every node, for its containers. */
export function nodeAgentObjects(args: MeteringArgs, agent: Federated): KubernetesObject[] {
  const { name, namespace } = PLACES.nodeAgent;
  const kubelets: Peer = { kind: 'addresses', cidrs: args.network.nodeCidrs, ports: [KUBELET_PORT] };
  return [
    ...clusterRole(name, namespace, [{ apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] }]),
    ...workloadObjects({
      name,
      namespace,
      runs: { as: 'DaemonSet' },
      pod: {
        // The kubelet asks the API server who the token belongs to.
        hasApiToken: true,
        init: [renderContainer(args)],
        containers: [prometheus(args, RENDERED_DIR, { cpuRequestMillis: 20, cpuLimitMillis: 500, memoryMib: 192 })],
        volumes: { ...agentVolumes(name, args), rendered: { kind: 'scratch', sizeMib: 1 } },
        terminationGraceS: TERMINATION_GRACE_S,
      },
      config: { [CONFIG_FILE]: nodeAgentConfig(agent, doorOf(args)), ...caFile(args) },
      traffic: { from: [], to: [kubelets, toCollector] },
    }),
  ];
}

/** The one Prometheus agent for what the cluster as a whole tells. */
export function clusterAgentObjects(args: MeteringArgs, agent: Federated): KubernetesObject[] {
  const { name, namespace } = PLACES.clusterAgent;
  const { collector, uploadApi, kubeStateMetrics, console } = PLACES;
  const gpus: Peer[] = agent.dcgm ? [{ kind: 'namespace', namespace: agent.dcgm.host.split('.')[1] ?? '', ports: [agent.dcgm.port] }] : [];
  return workloadObjects({
    name,
    namespace,
    runs: { as: 'Deployment', replicas: 1 },
    pod: {
      containers: [prometheus(args, AGENT_CONFIG_DIR, { cpuRequestMillis: 100, cpuLimitMillis: 1000, memoryMib: 768 })],
      volumes: agentVolumes(name, args),
      terminationGraceS: TERMINATION_GRACE_S,
    },
    config: { [CONFIG_FILE]: clusterAgentConfig(agent, { ...doorOf(args), hasConsole: args.console !== undefined }), ...caFile(args) },
    traffic: {
      from: [],
      to: [
        peer(collector, [collector.port, collector.shipperPort]),
        peer(uploadApi, [uploadApi.port]),
        ...(args.console ? [peer(console, [console.port])] : []),
        peer(kubeStateMetrics, [kubeStateMetrics.port]),
        ...gpus,
      ],
    },
  });
}

const doorOf = ({ tls, secrets }: MeteringArgs): Door => ({ isTls: tls !== undefined, hasTokens: secrets.ingestToken !== undefined });

/** Its configuration, its token, and the log of samples that the collector has not taken yet. */
const agentVolumes = (configMap: string, { secrets }: MeteringArgs): Record<string, VolumeSpec> => ({
  ...secretVolumes({ 'ingest-token': secrets.ingestToken }),
  config: { kind: 'config', configMap },
  storage: { kind: 'scratch', sizeMib: 2048 },
});

function prometheus(
  { images, tls, secrets }: MeteringArgs,
  configDir: typeof AGENT_CONFIG_DIR | typeof RENDERED_DIR,
  size: ContainerSize,
): ContainerSpec {
  const port = 'agent';
  return {
    name: 'prometheus',
    image: images.prometheus,
    args: ['--agent', `--config.file=${configDir}/${CONFIG_FILE}`, '--storage.agent.path=/prometheus', '--web.listen-address=:9090'],
    ports: { [port]: 9090 },
    probes: {
      readiness: { path: '/-/ready', port, periodSeconds: 10, failureThreshold: 3 },
      liveness: { path: '/-/healthy', port, periodSeconds: 20, failureThreshold: 3 },
    },
    size,
    mounts: {
      // The certificate to check with lies beside the configuration as it was written, not as it was rendered.
      ...((configDir === AGENT_CONFIG_DIR || tls !== undefined) && { config: AGENT_CONFIG_DIR }),
      ...(configDir === RENDERED_DIR && { rendered: RENDERED_DIR }),
      ...(secrets.ingestToken !== undefined && { 'ingest-token': AGENT_TOKEN_DIR }),
      storage: '/prometheus',
    },
  };
}

/** Prometheus takes no variables in its targets, so the pod's node is written into its configuration first. */
function renderContainer({ images }: MeteringArgs): ContainerSpec {
  return {
    name: 'render-config',
    image: images.prometheus,
    command: ['sed'],
    args: [
      '-n',
      '-e',
      `s/${NODE_IP}/$(${NODE_IP})/g; s/${NODE_NAME}/$(${NODE_NAME})/g; w /etc/rendered/${CONFIG_FILE}`,
      `/etc/agent/${CONFIG_FILE}`,
    ],
    env: [envVar(NODE_IP, { podField: 'status.hostIP' }), envVar(NODE_NAME, { podField: 'spec.nodeName' })],
    size: { cpuRequestMillis: 10, cpuLimitMillis: 100, memoryMib: 32 },
    mounts: { config: '/etc/agent', rendered: '/etc/rendered' },
  };
}
