import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import type { StoredObject } from '@tallyship/shared/storage/object-store';

/** A file that is wanted again. `orderedMs` is by the store's clock. Without `shipperId` any shipper of the cluster is asked in turn. */
export type ReplayOrder = { referenceId: string; shipperId: string | undefined; orderedMs: number; abandonedBy: readonly string[] };

const ANY = '@';

/** Folder of a cluster's orders. What an order says stands in its key, so a list of keys is all that has to be read. */
export function ordersPrefix({ account, region, cluster }: ClusterIdentity): string {
  return `control/v1/replay/account=${account}/region=${region}/cluster=${cluster}/`;
}

export function orderKey(identity: ClusterIdentity, referenceId: string, shipperId: string | undefined): string {
  return `${ordersPrefix(identity)}${referenceId}/order=${shipperId ?? ANY}`;
}

/** Says that a shipper does not have the file. A mark of its own: replicas of this API never change one another's objects. */
export function abandonedKey(identity: ClusterIdentity, referenceId: string, shipperId: string): string {
  return `${ordersPrefix(identity)}${referenceId}/abandoned=${shipperId}`;
}

/** The orders that a listing of `ordersPrefix` holds; foreign objects are passed over. */
export function ordersOf(identity: ClusterIdentity, objects: readonly StoredObject[]): ReplayOrder[] {
  const prefix = ordersPrefix(identity);
  const marks = objects.flatMap(({ key, modifiedMs }) => {
    const parts = /^(?<referenceId>[^/]+)\/(?<kind>order|abandoned)=(?<shipper>[^/]+)$/.exec(key.slice(prefix.length))?.groups;
    return parts && key.startsWith(prefix) ? [{ ...(parts as Record<'referenceId' | 'kind' | 'shipper', string>), modifiedMs }] : [];
  });
  return marks
    .filter(({ kind }) => kind === 'order')
    .map(({ referenceId, shipper, modifiedMs }) => ({
      referenceId,
      shipperId: shipper === ANY ? undefined : shipper,
      orderedMs: modifiedMs,
      abandonedBy: marks.filter((mark) => mark.kind === 'abandoned' && mark.referenceId === referenceId).map((mark) => mark.shipper),
    }));
}
