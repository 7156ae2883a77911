import type { ComponentResourceOptions } from '@pulumi/pulumi';
import { Component } from './component.ts';
import { type KubernetesObject, registerObjects } from './workloads/objects.ts';

/** Kubernetes objects that come and go together: what depends on the set depends on each, and each on what the set depends on. */
export class ObjectSet extends Component {
  constructor(name: string, objects: readonly KubernetesObject[], options: ComponentResourceOptions) {
    super('workloads:ObjectSet', name, options);
    registerObjects(objects, this.child());
    this.registerOutputs();
  }
}
