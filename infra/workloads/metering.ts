import * as k8s from '@pulumi/kubernetes';
import type { ComponentResourceOptions, Output, Resource } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import { remoteWriteBlock } from './agent-config.ts';
import type { MeteringArgs } from './metering-args.ts';
import { meteringObjects } from './metering-objects.ts';
import { registerObjects } from './objects.ts';
import { PLACES } from './places.ts';
import { UPLOAD_BALANCER } from './upload-api.ts';

/**
 * What meters a cluster: upload API, collectors with shippers, and the agents that scrape.
 * Its options must name what must be there first: namespaces, secrets, the identity of the upload API, the CSI driver.
 */
export class Metering extends Component {
  /** The block for a Prometheus that is there already. */
  readonly remoteWrite: string;
  /** Name of the upload API's load balancer, where it has one. */
  readonly uploadHost: Output<string> | undefined;
  /** Claims whose volumes a destroy leaves, with what was not shipped. */
  readonly retainedClaims: string[];

  constructor(name: string, args: MeteringArgs, options: ComponentResourceOptions) {
    super('workloads:Metering', name, options);
    const objects = meteringObjects(args);
    const registered = registerObjects(objects, this.child());
    this.uploadHost = hostOf(registered[objects.findIndex(({ metadata }) => metadata.name === UPLOAD_BALANCER.name)]);
    this.remoteWrite = remoteWriteBlock(args.secrets.ingestTokens !== undefined, args.tls !== undefined);
    this.retainedClaims = retainedClaims(args);
    this.registerOutputs({ remoteWrite: this.remoteWrite, retainedClaims: this.retainedClaims });
  }
}

function retainedClaims({ collector: { replicas, isVolumeRetained, drainOrdinals } }: MeteringArgs): string[] {
  if (!isVolumeRetained) return [];
  const ordinals = [...Array(replicas).keys(), ...drainOrdinals];
  return ordinals.map((ordinal) => `${PLACES.collector.namespace}/data-${PLACES.collector.name}-${ordinal}`);
}

/** What the load balancer is reached by; others point a name of theirs to it. */
function hostOf(service: Resource | undefined): Output<string> | undefined {
  if (!k8s.core.v1.Service.isInstance(service)) return undefined;
  return service.status.apply((status) => status?.loadBalancer?.ingress?.[0]?.hostname ?? '');
}
