import { MAX_FILES_PER_CALL } from '@tallyship/shared/contracts/upload-wire';
import { type CycleParts, note } from './cycle-parts.ts';
import type { CycleReport } from './cycle-report.ts';
import { writeDueManifests } from './manifests.ts';
import { pollReplays } from './poll-replays.ts';
import { abandonMissing, isOrdered, reopenOrders, serveReplays } from './replays.ts';
import { faultOf } from './ship-fault.ts';
import { parseShipKey, type ShipFile } from './ship-file.ts';
import { shipGroup, type Verdict } from './ship-group.ts';
import type { PreparedFile } from './waiting-files.ts';

/**
 * One cycle of one target: what is ready is claimed, uploaded, verified, marked and kept; then what is wanted again, and the manifests that this made due.
 * What goes wrong with a file, the network or the other side is in the report.
 * @throws ShipFault or Error when the volume or the ledger itself cannot be used
 */
export async function runCycle(parts: CycleParts, report: CycleReport, signal: AbortSignal): Promise<void> {
  await reopenOrders(parts);
  const isStopped = await shipWaiting(parts, report, signal);
  if (!isStopped) await pollReplays(parts, report, signal);
  if (!isStopped) await abandonMissing(parts, report, signal);
  const { ledger, volume, target, shipperId } = parts;
  if (target.name === 'lake' && (await writeDueManifests(ledger, volume, target.name, shipperId)) > 0 && !isStopped)
    await shipWaiting(parts, report, signal);
}

/** @returns true when the whole target is out of reach for now */
async function shipWaiting(parts: CycleParts, report: CycleReport, signal: AbortSignal): Promise<boolean> {
  const { target, volume, waiting, clock } = parts;
  const ready = (await volume.list('ready', target.name)).filter((key) => parseShipKey(key));
  for (const key of await volume.claim(target.name, ready)) waiting.forget(key);
  for (const fault of waiting.restingFaults(clock.now())) report.add(fault);
  const leftClusters = new Set<string>();
  for (const group of groupsOf(waiting.due(await volume.list('sending', target.name), clock.now()))) {
    if (signal.aborted) return true;
    const cluster = clusterOf(group[0] as ShipFile);
    if (leftClusters.has(cluster)) continue;
    const prepared = await prepareGroup(parts, group, report, signal);
    const verdict: Verdict = await shipGroup(parts, prepared, report, signal, (identity, orders) =>
      serveReplays(parts, identity, orders, report, signal),
    );
    report.isBlocked ||= verdict !== 'go on';
    if (verdict === 'stop') return true;
    if (verdict === 'leave cluster') leftClusters.add(cluster);
  }
  return false;
}

/** One cluster a group, as many as one call takes, in the order given. */
function groupsOf(files: readonly ShipFile[]): ShipFile[][] {
  const byCluster = Map.groupBy(files, clusterOf);
  return [...byCluster.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / MAX_FILES_PER_CALL) }, (_, n) =>
      all.slice(n * MAX_FILES_PER_CALL, (n + 1) * MAX_FILES_PER_CALL),
    ),
  );
}

/** Reads what is to be sent. A file that the target has already, byte for byte, needs no upload; one that is gone is named and left. */
async function prepareGroup(
  parts: CycleParts,
  files: readonly ShipFile[],
  report: CycleReport,
  signal: AbortSignal,
): Promise<PreparedFile[]> {
  const { target, volume, ledger, waiting, clock, telemetry } = parts;
  const prepared: PreparedFile[] = [];
  for (const file of files) {
    if (signal.aborted) break;
    try {
      const one = await waiting.prepare(file, volume.path('sending', target.name, file.key));
      const isThere = ledger.find(target.name, file.key)?.sha256 === one.payload.sha256.toString('hex');
      if (!isThere || isOrdered(parts, file)) prepared.push(one);
      else {
        await volume.settle(target.name, file.key, clock.now());
        waiting.forget(file.key);
        telemetry.unchanged(target.name);
      }
    } catch (error) {
      const fault = faultOf(error);
      note(parts, report, fault);
      if (fault.kind === 'vanished') waiting.forget(file.key);
      else waiting.failed(file.key, fault, clock.now());
    }
    parts.beat();
  }
  return prepared;
}

const clusterOf = ({ identity: { account, region, cluster } }: ShipFile) => `${account}/${region}/${cluster}`;
