import type { MeteringArgs } from './metering-args.ts';
import { trafficPolicy } from './network-policy.ts';
import type { KubernetesObject } from './objects.ts';
import { PLACES } from './places.ts';
import { podSpec, type VolumeSpec } from './pod.ts';
import { shipperContainer, shipperReaches, shipperVolumes } from './shipper.ts';
import { selectorOf } from './workload.ts';

/**
 * A Job for each volume of a replica that was scaled away: it ships what the volume still holds and ends.
 * The volume itself stays; the shipper's own lock refuses one that is in use.
 * @throws Error for the ordinal of a replica that runs
 */
export function drainObjects(args: MeteringArgs): KubernetesObject[] {
  const { drainOrdinals, replicas } = args.collector;
  const running = drainOrdinals.filter((ordinal) => ordinal < replicas);
  if (running.length > 0)
    throw new Error(`drainOrdinals ${running.join(', ')}: these replicas run (replicas: ${replicas}); lower it first`);
  if (drainOrdinals.length === 0) return [];
  const { name, namespace } = PLACES.drain;
  const traffic = trafficPolicy(name, namespace, { from: [], to: shipperReaches });
  return [traffic, ...drainOrdinals.map((ordinal) => drainJob(args, ordinal))];
}

function drainJob(args: MeteringArgs, ordinal: number): KubernetesObject {
  const { name, namespace } = PLACES.drain;
  const replica = `${PLACES.collector.name}-${ordinal}`;
  const { probes: _never, ...container } = { ...shipperContainer(args, replica), args: ['drain'] };
  const volumes: Record<string, VolumeSpec> = { ...shipperVolumes(args), data: { kind: 'claim', claimName: `data-${replica}` } };
  const pod = podSpec({ serviceAccount: PLACES.collector.name, containers: [container], volumes, terminationGraceS: 60 });
  return {
    kind: 'Job',
    metadata: { name: `${name}-${replica}`, namespace, labels: selectorOf(name) },
    spec: { backoffLimit: 6, template: { metadata: { labels: selectorOf(name) }, spec: { ...pod, restartPolicy: 'OnFailure' } } },
  };
}
