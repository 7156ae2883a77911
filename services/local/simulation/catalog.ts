/** What runs in the simulated cluster: node types, namespaces and workloads. The figures are invented, the proportions are ordinary. */

export const GIB = 2 ** 30;
const MIB = 2 ** 20;

export type NodeType = {
  instanceType: string;
  cpuCores: number;
  memoryBytes: number;
  systemCpuCores: number;
  systemMemoryBytes: number;
  pods: number;
};

/** Capacity as the kubelet reports it (a little under the catalog's GiB) and what it keeps for the system. */
export const NODE_TYPES = {
  general: {
    instanceType: 'm6i.xlarge',
    cpuCores: 4,
    memoryBytes: 15_524 * MIB,
    systemCpuCores: 0.08,
    systemMemoryBytes: 993 * MIB,
    pods: 58,
  },
  memory: {
    instanceType: 'r6i.large',
    cpuCores: 2,
    memoryBytes: 15_650 * MIB,
    systemCpuCores: 0.07,
    systemMemoryBytes: 674 * MIB,
    pods: 29,
  },
} satisfies Record<string, NodeType>;

/** The first nodes of the cluster in order; workloads are pinned by index. */
export const NODE_PLAN: NodeType[] = [...Array<NodeType>(12).fill(NODE_TYPES.general), ...Array<NodeType>(8).fill(NODE_TYPES.memory)];
export const LEAVING_NODE = 5;
const REQUESTS_OVER_NODE = 2;
const CPU_OVER_NODE = 3;
const MEMORY_OVER_NODE = 15;

export const NAMESPACES: { name: string; team: string | undefined }[] = [
  { name: 'kube-system', team: undefined },
  { name: 'monitoring', team: 'platform' },
  { name: 'shop-web', team: 'shop' },
  { name: 'shop-orders', team: 'shop' },
  { name: 'payments', team: 'payments' },
  { name: 'search', team: 'search' },
  { name: 'data', team: 'data' },
  { name: 'ci', team: 'platform' },
];

/** Requests and mean use: [cores, GiB]. */
export type ContainerSpec = { name: string; requests: [number, number]; use: [number, number] };

export type WorkloadSpec = {
  namespace: string;
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  name: string;
  replicas: number;
  containers: ContainerSpec[];
  /** An init container and how many seconds it runs. */
  init?: ContainerSpec & { seconds: [number, number] };
  volumeGib?: number;
  isLoadBalanced?: boolean;
  /** Index into NODE_PLAN on which every replica starts. */
  node?: number;
};

export type CronJobSpec = {
  namespace: string;
  name: string;
  everyMinutes: number;
  runSeconds: [number, number];
  containers: ContainerSpec[];
  init?: ContainerSpec & { seconds: [number, number] };
};

const container = (name: string, requests: [number, number], use: [number, number]): ContainerSpec => ({ name, requests, use });
const proxy = container('proxy', [0.05, 0.06], [0.03, 0.07]);

export const WORKLOADS: WorkloadSpec[] = [
  {
    namespace: 'kube-system',
    kind: 'DaemonSet',
    name: 'aws-node',
    replicas: 0,
    containers: [container('aws-node', [0.05, 0.06], [0.02, 0.09])],
    init: { ...container('aws-vpc-cni-init', [0.05, 0.06], [0.1, 0.03]), seconds: [4, 12] },
  },
  {
    namespace: 'kube-system',
    kind: 'DaemonSet',
    name: 'kube-proxy',
    replicas: 0,
    containers: [container('kube-proxy', [0.1, 0.05], [0.01, 0.04])],
  },
  {
    namespace: 'kube-system',
    kind: 'DaemonSet',
    name: 'ebs-csi-node',
    replicas: 0,
    containers: [container('ebs-plugin', [0.03, 0.12], [0.01, 0.06])],
  },
  {
    namespace: 'kube-system',
    kind: 'Deployment',
    name: 'coredns',
    replicas: 2,
    containers: [container('coredns', [0.1, 0.07], [0.06, 0.05])],
  },
  {
    namespace: 'kube-system',
    kind: 'Deployment',
    name: 'metrics-server',
    replicas: 2,
    containers: [container('metrics-server', [0.1, 0.2], [0.05, 0.12])],
  },
  {
    namespace: 'monitoring',
    kind: 'DaemonSet',
    name: 'node-exporter',
    replicas: 0,
    containers: [container('node-exporter', [0.02, 0.03], [0.02, 0.03])],
  },
  {
    namespace: 'monitoring',
    kind: 'StatefulSet',
    name: 'prometheus',
    replicas: 2,
    containers: [container('prometheus', [0.5, 3], [0.4, 3.4])],
    volumeGib: 100,
  },
  {
    namespace: 'monitoring',
    kind: 'Deployment',
    name: 'grafana',
    replicas: 1,
    containers: [container('grafana', [0.1, 0.25], [0.03, 0.2])],
  },
  {
    namespace: 'monitoring',
    kind: 'Deployment',
    name: 'kube-state-metrics',
    replicas: 1,
    containers: [container('kube-state-metrics', [0.05, 0.2], [0.02, 0.15])],
  },
  { namespace: 'shop-web', kind: 'Deployment', name: 'web', replicas: 30, containers: [container('web', [0.2, 0.4], [0.14, 0.35]), proxy] },
  { namespace: 'shop-web', kind: 'Deployment', name: 'assets', replicas: 14, containers: [container('assets', [0.05, 0.12], [0.02, 0.1])] },
  {
    namespace: 'shop-web',
    kind: 'Deployment',
    name: 'gateway',
    replicas: 6,
    containers: [container('gateway', [0.2, 0.25], [0.25, 0.2])],
    isLoadBalanced: true,
  },
  {
    namespace: 'shop-orders',
    kind: 'Deployment',
    name: 'orders',
    replicas: 26,
    containers: [container('orders', [0.15, 0.75], [0.12, 0.6])],
    init: { ...container('migrate', [0.3, 0.5], [0.4, 0.2]), seconds: [20, 90] },
  },
  {
    namespace: 'shop-orders',
    kind: 'Deployment',
    name: 'pricing',
    replicas: 14,
    containers: [container('pricing', [0.1, 0.5], [0.13, 0.45])],
  },
  {
    namespace: 'shop-orders',
    kind: 'StatefulSet',
    name: 'queue',
    replicas: 3,
    containers: [container('queue', [0.3, 2], [0.2, 1.6])],
    volumeGib: 50,
  },
  {
    namespace: 'payments',
    kind: 'Deployment',
    name: 'payments',
    replicas: 16,
    containers: [container('payments', [0.2, 0.75], [0.1, 0.5]), proxy],
  },
  { namespace: 'payments', kind: 'Deployment', name: 'ledger', replicas: 10, containers: [container('ledger', [0.15, 0.6], [0.08, 0.7])] },
  { namespace: 'payments', kind: 'Deployment', name: 'fraud', replicas: 8, containers: [container('fraud', [0.1, 0.5], [0.25, 0.8])] },
  {
    namespace: 'search',
    kind: 'StatefulSet',
    name: 'search',
    replicas: 6,
    containers: [container('search', [0.5, 4], [0.35, 4.6])],
    volumeGib: 200,
  },
  { namespace: 'search', kind: 'Deployment', name: 'indexer', replicas: 12, containers: [container('indexer', [0.15, 0.5], [0.2, 0.4])] },
  { namespace: 'data', kind: 'Deployment', name: 'stream', replicas: 28, containers: [container('stream', [0.2, 0.9], [0.22, 0.8])] },
  // Overcommitted nodes: more requested than allocatable, and large requests that idle beside small ones that burst.
  {
    namespace: 'data',
    kind: 'StatefulSet',
    name: 'crunch',
    replicas: 4,
    containers: [container('crunch', [1.2, 1.5], [0.7, 1.2])],
    node: REQUESTS_OVER_NODE,
  },
  {
    namespace: 'data',
    kind: 'StatefulSet',
    name: 'reserve',
    replicas: 1,
    containers: [container('reserve', [3, 1], [0.4, 0.6])],
    node: CPU_OVER_NODE,
  },
  {
    namespace: 'search',
    kind: 'StatefulSet',
    name: 'burst',
    replicas: 1,
    containers: [container('burst', [0.2, 1], [2.4, 0.8])],
    node: CPU_OVER_NODE,
  },
  {
    namespace: 'payments',
    kind: 'StatefulSet',
    name: 'cache',
    replicas: 1,
    containers: [container('cache', [0.2, 10], [0.1, 4])],
    node: MEMORY_OVER_NODE,
  },
  {
    namespace: 'shop-orders',
    kind: 'StatefulSet',
    name: 'heap',
    replicas: 1,
    containers: [container('heap', [0.2, 2], [0.2, 8])],
    node: MEMORY_OVER_NODE,
  },
  // A StatefulSet pod that moves when its node leaves: the same pod name on two nodes.
  {
    namespace: 'data',
    kind: 'StatefulSet',
    name: 'mover',
    replicas: 1,
    containers: [container('mover', [0.5, 1], [0.7, 0.8])],
    node: LEAVING_NODE,
    volumeGib: 20,
  },
  { namespace: 'ci', kind: 'Deployment', name: 'runner', replicas: 20, containers: [container('runner', [0.1, 0.3], [0.15, 0.35])] },
];

export const CRON_JOBS: CronJobSpec[] = [
  { namespace: 'ci', name: 'build', everyMinutes: 6, runSeconds: [240, 900], containers: [container('build', [0.3, 0.5], [0.6, 0.6])] },
  {
    namespace: 'data',
    name: 'etl',
    everyMinutes: 10,
    runSeconds: [500, 1300],
    containers: [container('etl', [0.5, 1], [0.3, 0.7])],
    init: { ...container('fetch', [0.1, 0.1], [0.2, 0.1]), seconds: [15, 60] },
  },
];

/** How long the object of a completed Job's pod stays. */
export const FINISHED_POD_TTL_MS = 12 * 60_000;
