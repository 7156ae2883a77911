import type { Home, Made, Thing, World } from '../model.ts';
import { isValues, textAt, valuesAt } from '../values.ts';

const CLAIM = 'kubernetes:core/v1:PersistentVolumeClaim';
const STORAGE_CLASS = 'kubernetes:storage.k8s.io/v1:StorageClass';
const VOLUME = 'aws:ebs/volume:Volume';

/** A StatefulSet claims a volume for each replica and template: the claims are objects of the cluster, the volumes are in the account. */
export function claimVolumes({ account, home, id, inputs }: Made): void {
  const [namespace = '', set = ''] = id.split('/');
  for (const template of valuesAt(inputs, 'spec.volumeClaimTemplates[]').filter(isValues)) {
    for (let ordinal = 0; ordinal < Number(valuesAt(inputs, 'spec.replicas')[0] ?? 1); ordinal++) {
      const name = `${textAt(template, 'metadata.name')}-${set}-${ordinal}`;
      if (!account.find(CLAIM, `${namespace}/${name}`, home))
        claim(account, home, namespace, name, textAt(template, 'spec.storageClassName'));
    }
  }
}

/** What happens to the claims of a StatefulSet that goes: they stay unless it says otherwise. */
export function releaseClaims({ account, home, id, inputs }: Made): void {
  if (textAt(inputs, 'spec.persistentVolumeClaimRetentionPolicy.whenDeleted') !== 'Delete') return;
  for (const thing of account.all(CLAIM, home).filter(({ madeBy }) => madeBy === `StatefulSet ${id}`)) deleteClaim(account, thing);
}

/** With a claim goes its volume, if its class says so and the driver that would do it is still there. */
export function deleteClaim(account: World, thing: Thing): void {
  account.remove(thing);
  const volume = account.all(VOLUME).find(({ madeBy }) => madeBy === `claim ${thing.id}`);
  const hasDriver = account.all('aws:eks/addon:Addon').some(({ id }) => id === `${thing.home.cluster}:aws-ebs-csi-driver`);
  if (volume && volume.inputs.reclaimPolicy === 'Delete' && hasDriver) account.remove(volume);
}

function claim(account: World, home: Home, namespace: string, name: string, className: string): void {
  const id = `${namespace}/${name}`;
  const set = name.split('-').slice(1, -1).join('-');
  const storageClass = account.find(STORAGE_CLASS, className, home);
  const reclaimPolicy = storageClass ? textAt(storageClass.inputs, 'reclaimPolicy') || 'Delete' : 'Delete';
  const nothing = { urn: '', inputs: {}, outputs: {} };
  account.put({ ...nothing, token: CLAIM, id, madeBy: `StatefulSet ${namespace}/${set}`, home });
  account.put({
    ...nothing,
    token: VOLUME,
    id: `vol-${name}`,
    madeBy: `claim ${id}`,
    home: { ...home, cluster: '' },
    inputs: { reclaimPolicy },
  });
}
