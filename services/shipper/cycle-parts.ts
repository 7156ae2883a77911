import type { Logger } from '@tallyship/shared/runtime/logger';
import type { Clock } from './clock.ts';
import type { CycleReport } from './cycle-report.ts';
import type { HttpSender } from './http-send.ts';
import type { Ledger } from './ledger.ts';
import type { ReplayPolls } from './replay-polls.ts';
import type { ShipFault } from './ship-fault.ts';
import type { Target } from './target.ts';
import type { ShipperTelemetry } from './telemetry.ts';
import type { UploadClient } from './upload-client.ts';
import type { Volume } from './volume.ts';
import type { WaitingFiles } from './waiting-files.ts';

/** What a cycle of one target works with. */
export type CycleParts = {
  target: Target;
  shipperId: string;
  volume: Volume;
  ledger: Ledger;
  client: UploadClient;
  sender: HttpSender;
  waiting: WaitingFiles;
  polls: ReplayPolls;
  telemetry: ShipperTelemetry;
  clock: Clock;
  concurrency: number;
  putIdleTimeoutMs: number;
  putDeadlineMs: number;
  /** Called for everything that ends, well or not: the loop lives. */
  beat: () => void;
  isStopping: () => boolean;
  log: Logger;
};

/** Counts a fault everywhere that it must be seen; the log gets it with the report of the cycle. */
export function note({ target, telemetry, log }: CycleParts, report: CycleReport, fault: ShipFault): void {
  telemetry.failed(target.name, fault);
  report.add(fault);
  log.debug({ target: target.name, fault: fault.kind, err: fault.message }, 'fault');
}
