/**
 * `required`: costs are wrong or empty without it. `advised`: costs are right, but a grouping or a share is coarser.
 * `optional`: absent in a cluster that has no such thing.
 */
export type RequirementLevel = 'required' | 'advised' | 'optional';

/** One thing that must arrive: any of `metrics`, carrying any of `labels` when these are given. */
export type Requirement = {
  name: string;
  level: RequirementLevel;
  metrics: readonly string[];
  labels?: readonly string[];
  neededFor: string;
  howToGet: string;
};

const KSM = 'scrape kube-state-metrics';
/** What makes kube-state-metrics tell labels at all: without it `kube_*_labels` stay empty or absent. */
export const ALLOWLIST = 'start kube-state-metrics with --metric-labels-allowlist=nodes=[*],pods=[*],namespaces=[*]';
const CADVISOR = "scrape every kubelet's /metrics/cadvisor (kubernetes_sd_configs role: node)";

/** What costs are made of, in the order in which one would set it up. */
export const REQUIREMENTS: readonly Requirement[] = [
  {
    name: 'kube_node_info',
    level: 'required',
    metrics: ['kube_node_info'],
    neededFor: 'which nodes live and for how long: without it nothing has a price',
    howToGet: KSM,
  },
  {
    name: 'kube_node_labels with the instance type',
    level: 'required',
    metrics: ['kube_node_labels'],
    labels: ['label_node_kubernetes_io_instance_type', 'label_beta_kubernetes_io_instance_type'],
    neededFor: 'the price of a node: without it the node is unpriced',
    howToGet: ALLOWLIST,
  },
  {
    name: 'kube_node_labels with the region',
    level: 'optional',
    metrics: ['kube_node_labels'],
    labels: ['label_topology_kubernetes_io_region'],
    neededFor: "a node's own region; else the region that the sender names",
    howToGet: ALLOWLIST,
  },
  {
    name: 'kube_node_labels with the capacity type',
    level: 'optional',
    metrics: ['kube_node_labels'],
    labels: ['label_karpenter_sh_capacity_type', 'label_eks_amazonaws_com_capacityType'],
    neededFor: 'telling spot from on-demand; else a node counts as on-demand',
    howToGet: ALLOWLIST,
  },
  {
    name: 'kube_node_status_capacity',
    level: 'required',
    metrics: ['kube_node_status_capacity'],
    neededFor: 'how much a node holds',
    howToGet: KSM,
  },
  {
    name: 'kube_node_status_allocatable',
    level: 'required',
    metrics: ['kube_node_status_allocatable'],
    neededFor: 'what the system keeps for itself, and what is idle',
    howToGet: KSM,
  },
  { name: 'kube_pod_info', level: 'required', metrics: ['kube_pod_info'], neededFor: 'where a pod ran and who owns it', howToGet: KSM },
  {
    name: 'kube_pod_container_status_running',
    level: 'required',
    metrics: ['kube_pod_container_status_running', 'kube_pod_status_phase'],
    neededFor: 'charging requests only while a container runs',
    howToGet: KSM,
  },
  {
    name: 'kube_pod_container_resource_requests',
    level: 'required',
    metrics: ['kube_pod_container_resource_requests'],
    neededFor: 'what a container has reserved',
    howToGet: KSM,
  },
  {
    name: 'container_cpu_usage_seconds_total',
    level: 'required',
    metrics: ['container_cpu_usage_seconds_total'],
    neededFor: 'CPU that a container used above its request',
    howToGet: CADVISOR,
  },
  {
    name: 'container_memory_working_set_bytes',
    level: 'required',
    metrics: ['container_memory_working_set_bytes'],
    neededFor: 'memory that a container used above its request',
    howToGet: CADVISOR,
  },
  {
    name: 'container_start_time_seconds',
    level: 'advised',
    metrics: ['container_start_time_seconds'],
    neededFor: "CPU between a container's start and its first sample",
    howToGet: CADVISOR,
  },
  {
    name: 'kube_pod_labels',
    level: 'advised',
    metrics: ['kube_pod_labels'],
    neededFor: 'grouping by team and by label',
    howToGet: ALLOWLIST,
  },
  {
    name: 'kube_namespace_labels',
    level: 'advised',
    metrics: ['kube_namespace_labels'],
    neededFor: 'grouping by the labels of a namespace where a pod has none',
    howToGet: ALLOWLIST,
  },
  {
    name: 'kube_replicaset_owner',
    level: 'advised',
    metrics: ['kube_replicaset_owner'],
    neededFor: 'workloads named by Deployment, not by ReplicaSet',
    howToGet: KSM,
  },
  {
    name: 'kube_service_spec_type',
    level: 'advised',
    metrics: ['kube_service_spec_type'],
    neededFor: 'the cost of load balancers',
    howToGet: KSM,
  },
  {
    name: 'kube_job_owner',
    level: 'optional',
    metrics: ['kube_job_owner'],
    neededFor: 'Jobs named by their CronJob',
    howToGet: KSM,
  },
  {
    name: 'kube_persistentvolume_capacity_bytes',
    level: 'optional',
    metrics: ['kube_persistentvolume_capacity_bytes'],
    neededFor: 'the cost of volumes',
    howToGet: KSM,
  },
  {
    name: 'kube_persistentvolume_claim_ref',
    level: 'optional',
    metrics: ['kube_persistentvolume_claim_ref', 'kube_persistentvolumeclaim_info'],
    neededFor: 'the namespace that a volume belongs to',
    howToGet: KSM,
  },
];
