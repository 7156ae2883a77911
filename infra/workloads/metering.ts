import type { ComponentResourceOptions } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import { remoteWriteBlock } from './agent-config.ts';
import type { MeteringArgs } from './metering-args.ts';
import { meteringObjects } from './metering-objects.ts';
import { registerObjects } from './objects.ts';
import { PLACES } from './places.ts';

/**
 * What meters a cluster: upload API, collectors with shippers, and the agents that scrape.
 * Its options must name what must be there first: namespaces, secrets, the identity of the upload API, the CSI driver.
 */
export class Metering extends Component {
  /** The block for a Prometheus that is there already. */
  readonly remoteWrite: string;
  /** Claims whose volumes a destroy leaves, with what was not shipped. */
  readonly retainedClaims: string[];

  constructor(name: string, args: MeteringArgs, options: ComponentResourceOptions) {
    super('workloads:Metering', name, options);
    registerObjects(meteringObjects(args), this.child());
    this.remoteWrite = remoteWriteBlock(args.secrets.ingestTokens !== undefined);
    this.retainedClaims = retainedClaims(args);
    this.registerOutputs({ remoteWrite: this.remoteWrite, retainedClaims: this.retainedClaims });
  }
}

function retainedClaims({ collector: { replicas, isVolumeRetained, drainOrdinals } }: MeteringArgs): string[] {
  if (!isVolumeRetained) return [];
  const ordinals = [...Array(replicas).keys(), ...drainOrdinals];
  return ordinals.map((ordinal) => `${PLACES.collector.namespace}/data-${PLACES.collector.name}-${ordinal}`);
}
