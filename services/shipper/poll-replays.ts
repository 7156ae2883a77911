import type { CycleParts } from './cycle-parts.ts';
import type { CycleReport } from './cycle-report.ts';
import { serveReplays } from './replays.ts';
import { faultOf, isOfOneCluster, ShipFault } from './ship-fault.ts';
import type { UploadOffer } from './upload-client.ts';

/**
 * Asks for replays where no file has been asked for lately: orders come along with upload answers, and a shipper without files gets none.
 * A call that fails is counted and logged, not reported: nothing waits for it, and it is made again in its time.
 * @throws Error when the volume cannot be read
 */
export async function pollReplays(parts: CycleParts, report: CycleReport, signal: AbortSignal): Promise<void> {
  const { target, ledger, polls, client, telemetry, clock, log } = parts;
  if (!target.asksForReplays) return;
  for (const identity of polls.due(ledger.clusters(), clock.now())) {
    if (signal.aborted || parts.isStopping()) return;
    const tell = (fault: ShipFault) => {
      telemetry.failed(target.name, fault);
      log.warn({ target: target.name, ...identity, fault: fault.message }, 'call for replays went wrong');
    };
    polls.asked(identity, clock.now());
    let offer: UploadOffer;
    try {
      offer = await client.askForUrls(identity, [], signal);
    } catch (error) {
      const fault = faultOf(error);
      tell(fault);
      if (isOfOneCluster(fault)) continue;
      return;
    }
    const givenAtMs = clock.now();
    for (const oddity of offer.oddities) tell(new ShipFault('bad_answer', oddity));
    const orders = offer.replays.map(({ ref_id, url }) => ({ referenceId: ref_id, url, givenAtMs }));
    await serveReplays(parts, identity, orders, report, signal);
    parts.beat();
  }
}
