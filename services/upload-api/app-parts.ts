import type { Logger } from '@tallyship/shared/runtime/logger';
import type { Telemetry } from '@tallyship/shared/runtime/telemetry';
import type { ObjectStore } from '@tallyship/shared/storage/object-store';
import type { KeyFile } from './keys/key-file.ts';
import type { KeyLimits } from './keys/key-limits.ts';
import type { ReplayOrders } from './replay/replay-orders.ts';
import type { UploadApiTelemetry } from './telemetry.ts';

export type AppParts = {
  store: ObjectStore;
  keyFile: Pick<KeyFile, 'keys' | 'fault'>;
  limits: KeyLimits;
  replays: ReplayOrders;
  maxUrlLifeS: number;
  maxBodyBytes: number;
  telemetry: Telemetry;
  counters: UploadApiTelemetry;
  log: Logger;
  now: () => number;
  /** A text that never occurs twice. */
  unique: () => string;
};
