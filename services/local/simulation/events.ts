/**
 * The event list: everything that happens in the simulated cluster, as plain JSON. The feed turns it into samples and
 * the closed form of the tests turns the same list into exact costs, so nothing may depend on more than what stands here.
 * Times are milliseconds since the epoch, cpu is cores, memory and volumes are bytes; an end of null lies behind the feed.
 */
export type EventList = {
  /** Says what this is wherever the list turns up. */
  note: 'simulated cluster: no real account, node or workload';
  seed: number;
  /** The hours to be priced. */
  fromMs: number;
  toMs: number;
  /** What is sampled: a little more at both ends, as in a cluster that was there before. */
  feedFromMs: number;
  feedToMs: number;
  scrapeIntervalMs: number;
  cluster: { account: string; region: string; name: string };
  namespaces: { name: string; labels: Record<string, string> }[];
  nodes: NodeEvent[];
  workloads: { namespace: string; kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'CronJob'; name: string; replicas: number }[];
  pods: PodEvent[];
  volumes: VolumeEvent[];
  services: { namespace: string; name: string; type: 'ClusterIP' | 'LoadBalancer'; createdMs: number; deletedMs: number | null }[];
};

export type Resources = { cpuCores: number; memoryBytes: number };

export type NodeEvent = {
  name: string;
  providerId: string;
  zone: string;
  instanceType: string;
  capacityType: 'ON_DEMAND';
  capacity: Resources & { pods: number };
  allocatable: Resources & { pods: number };
  createdMs: number;
  removedMs: number | null;
};

export type PodEvent = {
  namespace: string;
  name: string;
  uid: string;
  node: string;
  owner: { kind: string; name: string };
  workload: { kind: string; name: string };
  labels: Record<string, string>;
  createdMs: number;
  /** When the phase turns from Pending to Running. */
  runningMs: number;
  /** When a Job's pod completes; its object stays until deletedMs. */
  finishedMs: number | null;
  deletedMs: number | null;
  containers: ContainerEvent[];
};

export type ContainerEvent = {
  name: string;
  image: string;
  isInit: boolean;
  requests: Resources;
  cpu: Shape;
  memory: Shape;
  /** A restart ends one run and begins the next, which has an id and counters of its own. */
  runs: ContainerRun[];
};

export type ContainerRun = { id: string; startMs: number; endMs: number | null; counterResetsMs: number[] };

export type VolumeEvent = {
  name: string;
  namespace: string;
  claim: string;
  storageClass: 'gp3';
  bytes: number;
  createdMs: number;
  deletedMs: number | null;
};

/**
 * Use over absolute time, with a known integral. `sine`: mean + amplitude x sin(2 pi (t + phaseMs) / periodMs);
 * `steps`: each level holds from its time to the next one's, the first also before.
 */
export type Shape =
  | { kind: 'sine'; mean: number; amplitude: number; periodMs: number; phaseMs: number }
  | { kind: 'steps'; steps: { atMs: number; level: number }[] };
