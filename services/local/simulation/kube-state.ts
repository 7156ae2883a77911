import { nodeEntity, otherEntity, podEntity } from './entities.ts';
import type { EventList, NodeEvent, PodEvent } from './events.ts';
import { podSpecs } from './kube-state-pods.ts';
import { labelColumns, spec } from './kube-state-spec.ts';
import type { Add, SeriesSpec, Target } from './scraped-series.ts';

/** Everything that kube-state-metrics says about nodes, pods, owners, claims and services, from one target. */
export function kubeStateSeries(events: EventList, target: Target, add: Add): void {
  const always = { fromMs: events.feedFromMs, toMs: null };
  const others: SeriesSpec[][] = [...events.namespaces.map(namespaceSpecs), ...events.workloads.map(workloadSpecs)];
  others.forEach((specs, index) => {
    add(target, otherEntity(events, index), always, specs);
  });
  events.nodes.forEach((node, index) => {
    add(target, nodeEntity(events, index), { fromMs: node.createdMs, toMs: node.removedMs }, nodeSpecs(node, events.cluster.region));
  });
  events.pods.forEach((pod, index) => {
    add(target, podEntity(index), { fromMs: pod.createdMs, toMs: pod.deletedMs }, podSpecs(pod));
  });
  for (const { life, specs } of ownerSpecs(events)) add(target, otherEntity(events, 0), life, specs);
  for (const volume of events.volumes) {
    const life = { fromMs: volume.createdMs, toMs: volume.deletedMs };
    const pv = { persistentvolume: volume.name };
    const pvc = { namespace: volume.namespace, persistentvolumeclaim: volume.claim };
    add(target, otherEntity(events, 1), life, [
      spec('kube_persistentvolume_capacity_bytes', pv, volume.bytes),
      spec('kube_persistentvolume_claim_ref', { ...pv, claim_namespace: volume.namespace, name: volume.claim }, 1),
      spec(
        'kube_persistentvolume_info',
        { ...pv, storageclass: volume.storageClass, csi_driver: 'ebs.csi.aws.com', csi_volume_handle: `vol-0${volume.name.slice(-12)}` },
        1,
      ),
      spec('kube_persistentvolume_status_phase', { ...pv, phase: 'Bound' }, 1),
      spec('kube_persistentvolumeclaim_info', { ...pvc, storageclass: volume.storageClass, volumename: volume.name }, 1),
      spec('kube_persistentvolumeclaim_resource_requests_storage_bytes', pvc, volume.bytes),
    ]);
  }
  for (const service of events.services) {
    const labels = { namespace: service.namespace, service: service.name };
    add(target, otherEntity(events, 2), { fromMs: service.createdMs, toMs: service.deletedMs }, [
      spec('kube_service_info', { ...labels, cluster_ip: '172.20.0.10' }, 1),
      spec('kube_service_spec_type', { ...labels, type: service.type }, 1),
      spec('kube_service_created', labels, service.createdMs / 1000),
    ]);
  }
}

function namespaceSpecs({ name, labels }: EventList['namespaces'][number]): SeriesSpec[] {
  return [
    spec('kube_namespace_labels', { namespace: name, ...labelColumns(labels) }, 1),
    spec('kube_namespace_status_phase', { namespace: name, phase: 'Active' }, 1),
    spec('kube_namespace_status_phase', { namespace: name, phase: 'Terminating' }, 0),
  ];
}

function workloadSpecs({ namespace, kind, name, replicas }: EventList['workloads'][number]): SeriesSpec[] {
  const labels = { namespace, [kind.toLowerCase()]: name };
  const metrics = {
    Deployment: [
      'kube_deployment_spec_replicas',
      'kube_deployment_status_replicas',
      'kube_deployment_status_replicas_available',
      'kube_deployment_status_replicas_updated',
    ],
    StatefulSet: ['kube_statefulset_replicas', 'kube_statefulset_status_replicas', 'kube_statefulset_status_replicas_ready'],
    DaemonSet: ['kube_daemonset_metadata_generation', 'kube_daemonset_status_observed_generation'],
    CronJob: ['kube_cronjob_spec_suspend', 'kube_cronjob_status_active'],
  }[kind];
  return metrics.map((metric) => spec(metric, labels, replicas));
}

function nodeSpecs(node: NodeEvent, region: string): SeriesSpec[] {
  const name = { node: node.name };
  const amounts = (metric: string, { cpuCores, memoryBytes, pods }: NodeEvent['capacity']) => [
    spec(metric, { ...name, resource: 'cpu', unit: 'core' }, cpuCores),
    spec(metric, { ...name, resource: 'memory', unit: 'byte' }, memoryBytes),
    spec(metric, { ...name, resource: 'pods', unit: 'integer' }, pods),
  ];
  const conditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].flatMap((condition) =>
    ['true', 'false', 'unknown'].map((status) =>
      spec('kube_node_status_condition', { ...name, condition, status }, Number(status === (condition === 'Ready' ? 'true' : 'false'))),
    ),
  );
  const labels = {
    'eks.amazonaws.com/capacityType': node.capacityType,
    'eks.amazonaws.com/nodegroup': node.instanceType.replace('.', '-'),
    'kubernetes.io/arch': 'amd64',
    'node.kubernetes.io/instance-type': node.instanceType,
    'topology.kubernetes.io/region': region,
    'topology.kubernetes.io/zone': node.zone,
  };
  return [
    spec(
      'kube_node_info',
      { ...name, provider_id: node.providerId, kubelet_version: 'v1.36.3', container_runtime_version: 'containerd://2.1.4' },
      1,
    ),
    spec('kube_node_labels', { ...name, ...labelColumns(labels) }, 1),
    spec('kube_node_created', name, node.createdMs / 1000),
    spec('kube_node_spec_unschedulable', name, 0),
    ...amounts('kube_node_status_capacity', node.capacity),
    ...amounts('kube_node_status_allocatable', node.allocatable),
    ...conditions,
  ];
}

/** ReplicaSets and Jobs live as long as their pods. */
function ownerSpecs(events: EventList) {
  const owners = new Map<string, { fromMs: number; toMs: number | null; pod: PodEvent }>();
  for (const pod of events.pods) {
    if (pod.owner.kind !== 'ReplicaSet' && pod.owner.kind !== 'Job') continue;
    const key = `${pod.namespace}/${pod.owner.kind}/${pod.owner.name}`;
    const known = owners.get(key);
    if (!known) owners.set(key, { fromMs: pod.createdMs, toMs: pod.deletedMs, pod });
    else {
      known.fromMs = Math.min(known.fromMs, pod.createdMs);
      known.toMs = known.toMs === null || pod.deletedMs === null ? null : Math.max(known.toMs, pod.deletedMs);
    }
  }
  return [...owners.values()].map(({ fromMs, toMs, pod }) => {
    const metric = pod.owner.kind === 'Job' ? 'kube_job_owner' : 'kube_replicaset_owner';
    const name = pod.owner.kind === 'Job' ? { job_name: pod.owner.name } : { replicaset: pod.owner.name };
    const owner = { owner_kind: pod.workload.kind, owner_name: pod.workload.name, owner_is_controller: 'true' };
    return { life: { fromMs, toMs }, specs: [spec(metric, { namespace: pod.namespace, ...name, ...owner }, 1)] };
  });
}
