import type { Logger } from '@tallyship/shared/runtime/logger';
import type { Clock } from './clock.ts';
import type { Ledger } from './ledger.ts';
import { planLosses, planPurge } from './plan-purge.ts';
import { parseShipKey } from './ship-file.ts';
import type { Target } from './target.ts';
import type { ShipperTelemetry } from './telemetry.ts';
import type { StoredFile, Volume } from './volume.ts';

export type DiskCareParts = {
  volume: Volume;
  ledger: Ledger;
  telemetry: ShipperTelemetry;
  clock: Clock;
  targets: readonly Target[];
  retentionMs: number;
  maxDataBytes: number;
  ledgerRetentionMs: number;
  log: Logger;
};

/** Longer than a late sample may come: no folder younger than this is taken away under a writer. */
const EMPTY_FOLDER_AGE_MS = 8 * 24 * 3_600_000;

/**
 * Keeps the data volume inside its limits, after a cycle of `target`: shipped files by age and pressure, and what a bestEffort target has
 * too much of. Its own files only are given up, so that no upload of another target is under way with them.
 * @param forget called for each unshipped file that is given up
 */
export async function careForDisk(parts: DiskCareParts, target: Target, forget: (key: string) => void): Promise<void> {
  const { volume, ledger, telemetry, clock, targets, log } = parts;
  const nowMs = clock.now();
  const files = await volume.scan(targets.map(({ name }) => name));
  const purges = planPurge(files, nowMs, parts);
  for (const { file, reason } of purges) if (await removed(parts, file)) telemetry.purged(reason);
  const losses = target.quotaBytes === undefined ? [] : planLosses(files, target.name, target.quotaBytes);
  for (const file of losses) {
    if (!(await removed(parts, file))) continue;
    forget(file.key);
    telemetry.lost(target.name, file.bytes);
    const quota = { target: target.name, key: file.key, bytes: file.bytes, quotaBytes: target.quotaBytes };
    log.error(quota, 'data lost: the target is over its quota, its oldest unshipped file was given up');
  }
  const gone = new Set([...purges.map(({ file }) => file), ...losses]);
  measure(
    parts,
    files.filter((file) => !gone.has(file)),
    nowMs,
  );
  const shipped = files.filter(({ stage }) => stage === 'shipped').length;
  telemetry.cloudZero.cleaned(shipped === 0 ? 0 : (100 * purges.length) / shipped);
  telemetry.cloudZero.count('shipper_disk_cleanup_success_total');
  ledger.prune(nowMs - parts.ledgerRetentionMs);
  await volume.removeEmptyFolders(target.name, nowMs - EMPTY_FOLDER_AGE_MS);
}

async function removed({ volume, telemetry, log }: DiskCareParts, file: StoredFile): Promise<boolean> {
  try {
    await volume.remove(file);
    return true;
  } catch (error) {
    telemetry.cloudZero.count('shipper_disk_cleanup_failure_total');
    log.error({ err: error, key: file.key }, 'file could not be removed');
    return false;
  }
}

function measure({ targets, telemetry, maxDataBytes, log }: DiskCareParts, files: readonly StoredFile[], nowMs: number): void {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const unsent = files.filter(({ stage }) => stage !== 'shipped');
  for (const { name } of targets) {
    const own = unsent.filter(({ target }) => target === name);
    telemetry.backlog(
      name,
      {
        unshippedFiles: own.length,
        unshippedBytes: own.reduce((sum, file) => sum + file.bytes, 0),
        oldestMs: own.length === 0 ? undefined : own.reduce((oldest, file) => Math.min(oldest, file.modifiedMs), Number.POSITIVE_INFINITY),
        foreignFiles: own.filter(({ key }) => !parseShipKey(key)).length,
      },
      nowMs,
    );
  }
  telemetry.dataBytes(bytes);
  const { cloudZero } = telemetry;
  cloudZero.set('shipper_disk_total_size_bytes', maxDataBytes);
  cloudZero.set('shipper_disk_current_usage_bytes', bytes);
  cloudZero.set('shipper_disk_current_usage_percentage', (100 * bytes) / maxDataBytes);
  cloudZero.set('shipper_disk_current_unsent_file', unsent.length);
  cloudZero.set('shipper_disk_current_sent_file', files.length - unsent.length);
  if (bytes > maxDataBytes)
    log.error(
      { bytes, maxDataBytes },
      'unshipped files alone are over MAX_DATA_BYTES: nothing is left to purge, raise it or mend the target',
    );
}
