import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { cloudzeroFiles } from '../cloudzero/cloudzero-files.ts';
import type { FilterRules } from '../cloudzero/filter-rules.ts';
import type { RowSelection } from '../cloudzero/select-rows.ts';
import type { OpenHours } from '../hours/open-hours.ts';
import type { Targets } from '../hours/targets.ts';
import type { SegmentLog } from '../log/segment-log.ts';
import { zstd } from '../parquet/compression.ts';
import type { CollectorSettings } from '../settings.ts';
import { lakeFiles } from './lake-files.ts';
import { Sealer, type SealerOptions } from './sealer.ts';

export type CloudzeroParts = { rules: FilterRules; selection: RowSelection };
export type SealerParts = {
  targets: Targets;
  segments: SegmentLog;
  replica: string;
  cloudzero: CloudzeroParts | undefined;
  /** Called after every round of the sealer that is always there. */
  tendLog: () => Promise<void>;
  common: Pick<SealerOptions, 'now' | 'onSealed' | 'onError'>;
};

/** Work in one go, at most: a request that comes meanwhile waits as long. */
const SLICE_MS = 4;

/** Lets requests through, if the last time is `SLICE_MS` ago. */
function pacer(): () => Promise<void> {
  let resumedAtMs = performance.now();
  return async () => {
    if (performance.now() - resumedAtMs < SLICE_MS) return;
    await setImmediate();
    resumedAtMs = performance.now();
  };
}

/** One sealer a target, each with its own interval and schema. */
export function targetSealers(settings: CollectorSettings, parts: SealerParts): Sealer[] {
  const { targets, segments, replica, cloudzero, tendLog, common } = parts;
  const readyDir = join(settings.DATA_DIR, 'ready');
  const maxOpenRows = settings.MAX_OPEN_SAMPLES;
  const pause = pacer();
  const lake = new Sealer(
    {
      ...common,
      pause,
      target: 'lake',
      sealDelayMs: settings.SEAL_DELAY_MS,
      sealIntervalMs: settings.SEAL_INTERVAL_MS,
      usageIntervalMs: settings.USAGE_INTERVAL_MS,
      maxOpenRows,
      onRound: tendLog,
    },
    lakeFiles(settings.LAKE_OUTPUT_DIR || join(readyDir, 'lake'), replica, { compression: zstd(settings.ZSTD_LEVEL), pause }),
    targets.of('lake') as OpenHours,
    segments,
  );
  if (!cloudzero) return [lake];
  const intervalMs = settings.CLOUDZERO_SEAL_INTERVAL_MS;
  const sealer = new Sealer(
    {
      ...common,
      pause,
      target: 'cloudzero',
      sealDelayMs: intervalMs,
      sealIntervalMs: intervalMs,
      usageIntervalMs: Number.POSITIVE_INFINITY,
      maxOpenRows,
      onRound: async () => {},
    },
    cloudzeroFiles(join(readyDir, 'cloudzero'), {
      ...cloudzero,
      schema: settings.CLOUDZERO_SCHEMA,
      organizationId: settings.CLOUDZERO_ORGANIZATION_ID,
      hasUnitFault: settings.CLOUDZERO_2024_UNIT_FAULT === 'true',
      pause,
    }),
    targets.of('cloudzero') as OpenHours,
    segments,
  );
  return [lake, sealer];
}
