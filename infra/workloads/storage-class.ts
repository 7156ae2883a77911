import type { KubernetesObject } from './objects.ts';

/** A class's policy can never change, so each policy has a class of its own. `isRetained`: a volume outlives its claim. */
export const storageClassName = (isRetained: boolean) => `tallyship-gp3-${isRetained ? 'retain' : 'delete'}`;

/** Volumes of the collectors: encrypted gp3, in the zone where the pod is put, grown in place. */
export function storageClass(isRetained: boolean): KubernetesObject {
  return {
    kind: 'StorageClass',
    metadata: { name: storageClassName(isRetained) },
    provisioner: 'ebs.csi.aws.com',
    parameters: { type: 'gp3', encrypted: 'true' },
    volumeBindingMode: 'WaitForFirstConsumer',
    reclaimPolicy: isRetained ? 'Retain' : 'Delete',
    allowVolumeExpansion: true,
  };
}
