import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import { type CycleParts, note } from './cycle-parts.ts';
import type { CycleReport } from './cycle-report.ts';
import type { Order } from './ledger.ts';
import { faultOf } from './ship-fault.ts';
import { parseShipKey, type ShipFile } from './ship-file.ts';
import { type GivenUrl, uploadFile } from './upload-file.ts';

/**
 * Serves the files that an upload answer wants again, to the URLs that it gives. The order is durable first: what cannot be served now is
 * put in line by `reopenOrders` and shipped under a fresh URL, also after a restart.
 */
export async function serveReplays(
  parts: CycleParts,
  identity: ClusterIdentity,
  wanted: readonly (GivenUrl & { referenceId: string })[],
  report: CycleReport,
  signal: AbortSignal,
): Promise<void> {
  if (wanted.length === 0) return;
  const { target, ledger, volume, waiting, telemetry } = parts;
  const { cloudZero } = telemetry;
  cloudZero.count('shipper_replay_request_total');
  cloudZero.replayFiles(wanted.length);
  cloudZero.set('shipper_replay_request_current', 1);
  try {
    const kept = ledger.addOrders(wanted.map(({ referenceId }) => ({ target: target.name, identity, referenceId })));
    if (kept < wanted.length) cloudZero.count('shipper_replay_request_save_error_total');
  } catch (error) {
    cloudZero.count('shipper_replay_request_save_error_total');
    note(parts, report, faultOf(error));
  }
  const shipped = indexOf(await volume.list('shipped', target.name));
  for (const order of wanted) {
    const file = shipped.get(nameOf(identity, order.referenceId));
    // What waits to be sent anyway, or is nowhere, is settled by the next cycle.
    if (!file || signal.aborted) continue;
    try {
      const prepared = await waiting.prepare(file, volume.path('shipped', target.name, file.key));
      await uploadFile(parts, prepared, order, signal);
      report.shipped += 1;
    } catch (error) {
      cloudZero.count('shipper_replay_request_error_total');
      note(parts, report, faultOf(error));
    } finally {
      waiting.forget(file.key);
    }
  }
  cloudZero.set('shipper_replay_request_current', 0);
}

/** Puts shipped files that are still wanted again back in line. */
export async function reopenOrders({ target, ledger, volume, telemetry }: CycleParts): Promise<void> {
  const orders = ledger.orders(target.name);
  telemetry.cloudZero.set('shipper_disk_replay_request_current', orders.length);
  if (orders.length === 0) return;
  const shipped = indexOf(await volume.list('shipped', target.name));
  for (const { identity, referenceId } of orders) {
    const file = shipped.get(nameOf(identity, referenceId));
    if (file) await volume.reopen(target.name, file.key);
  }
}

/** Tells the other side which of the files it wants are not here any more, and forgets those orders once it knows. */
export async function abandonMissing(parts: CycleParts, report: CycleReport, signal: AbortSignal): Promise<void> {
  const { target, ledger, volume, client, telemetry } = parts;
  const orders = ledger.orders(target.name);
  if (orders.length === 0) return;
  const here = new Map<string, ShipFile>();
  for (const stage of ['shipped', 'ready', 'sending'] as const)
    for (const [name, file] of indexOf(await volume.list(stage, target.name))) here.set(name, file);
  const missing = orders.filter(({ identity, referenceId }) => !here.has(nameOf(identity, referenceId)));
  for (const lost of Map.groupBy(missing, ({ identity }) => nameOf(identity, '')).values()) {
    try {
      await client.abandon(
        (lost[0] as Order).identity,
        lost.map(({ referenceId }) => referenceId),
        signal,
      );
      ledger.dropOrders(lost);
      telemetry.cloudZero.count('shipper_replay_request_abandon_files_total', lost.length);
    } catch (error) {
      telemetry.cloudZero.count('shipper_replay_request_abandon_files_error_total');
      note(parts, report, faultOf(error));
    }
  }
}

/** True when the other side asked for this file: then it is uploaded although the ledger has it. */
export function isOrdered({ ledger, target }: CycleParts, file: ShipFile): boolean {
  const name = nameOf(file.identity, file.referenceId);
  return ledger.orders(target.name).some(({ identity, referenceId }) => nameOf(identity, referenceId) === name);
}

function indexOf(keys: readonly string[]): Map<string, ShipFile> {
  const files = keys.map(parseShipKey).filter((file) => file !== undefined);
  return new Map(files.map((file) => [nameOf(file.identity, file.referenceId), file]));
}

const nameOf = ({ account, region, cluster }: ClusterIdentity, referenceId: string) => `${account}/${region}/${cluster}/${referenceId}`;
