import { join } from 'node:path';
import { cloudzeroFiles } from '../cloudzero/cloudzero-files.ts';
import type { FilterRules } from '../cloudzero/filter-rules.ts';
import type { RowSelection } from '../cloudzero/select-rows.ts';
import type { OpenHours } from '../hours/open-hours.ts';
import type { Targets } from '../hours/targets.ts';
import type { SegmentLog } from '../log/segment-log.ts';
import { snappy, zstd } from '../parquet/compression.ts';
import type { CollectorSettings } from '../settings.ts';
import { lakeFiles } from './lake-files.ts';
import { pacer } from './pacer.ts';
import { Sealer, type SealerOptions } from './sealer.ts';
import type { WriteOptions } from './write-samples.ts';

export type CloudzeroParts = { rules: FilterRules; selection: RowSelection };
export type SealerParts = {
  targets: Targets;
  segments: SegmentLog;
  replica: string;
  cloudzero: CloudzeroParts | undefined;
  /** Memory for the open hours of each target. */
  maxOpenBytes: number;
  /** Whether requests are under way, which go first. */
  isBusy: () => boolean;
  /** Called after every round of the sealer that is always there. */
  tendLog: () => Promise<void>;
  common: Pick<SealerOptions, 'now' | 'onSealed' | 'onError'>;
};

function writeOptions(
  { PARQUET_COMPRESSION, PARQUET_VALUE_ENCODING, ZSTD_LEVEL }: CollectorSettings,
  pause: () => Promise<void>,
): WriteOptions {
  return {
    compression: PARQUET_COMPRESSION === 'zstd' ? zstd(ZSTD_LEVEL) : snappy,
    values: PARQUET_VALUE_ENCODING === 'plain' ? 'PLAIN' : 'BYTE_STREAM_SPLIT',
    pause,
  };
}

/** One sealer a target, each with its own interval and schema. */
export function targetSealers(settings: CollectorSettings, parts: SealerParts): Sealer[] {
  const { targets, segments, replica, cloudzero, tendLog, common } = parts;
  const readyDir = join(settings.DATA_DIR, 'ready');
  const { maxOpenBytes } = parts;
  const pause = pacer(parts.isBusy);
  const lake = new Sealer(
    {
      ...common,
      pause,
      target: 'lake',
      sealDelayMs: settings.SEAL_DELAY_MS,
      sealIntervalMs: settings.SEAL_INTERVAL_MS,
      usageIntervalMs: settings.USAGE_INTERVAL_MS,
      maxOpenBytes,
      onRound: tendLog,
    },
    lakeFiles(settings.LAKE_OUTPUT_DIR || join(readyDir, 'lake'), replica, writeOptions(settings, pause)),
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
      maxOpenBytes,
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
