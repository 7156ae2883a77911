import { runtime } from '@pulumi/pulumi';
import type { Manifest } from './kubernetes-apply.ts';

/**
 * The Kubernetes objects that a piece of a Pulumi program registers, as the engine would get them in an up.
 * @param build makes the resources; what it creates goes nowhere
 */
export async function registeredObjects(build: () => void): Promise<Manifest[]> {
  const objects: Manifest[] = [];
  await runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      if (type.startsWith('kubernetes:') && inputs.kind !== undefined) objects.push(inputs);
      return { id: name, state: inputs };
    },
    call: () => ({}),
  });
  build();
  await runtime.disconnect();
  return objects;
}
