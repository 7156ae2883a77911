import type { Logger } from '@tallyship/shared/runtime/logger';
import { backoffMs } from './backoff.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import type { ShipperSettings } from './settings.ts';
import { startShipper } from './shipper.ts';

/**
 * Ships what a volume holds, whatever the quotas, and ends: ready files, files that were being sent, manifests that are due. For the volume of a replica that is gone.
 * @returns how many are left, and why; 0 when all of it is shipped
 * @throws as startShipper does, also when a shipper still holds the volume
 */
export async function drain(settings: ShipperSettings, log: Logger): Promise<{ left: number; faults: string[] }> {
  const shipper = await startShipper({ ...settings, CLOUDZERO_QUOTA_BYTES: Number.MAX_SAFE_INTEGER }, log, { isIdle: true });
  try {
    const deadline = AbortSignal.timeout(settings.DRAIN_TIMEOUT_MS);
    for (let failures = 1; ; failures += 1) {
      const reports = Object.values(await shipper.runOnce());
      const left = await shipper.left();
      if (left === 0 || deadline.aborted) return { left, faults: reports.flatMap((report) => report.lines()) };
      const retryAfterMs = Math.max(...reports.map((report) => report.retryAfterMs));
      await SYSTEM_CLOCK.sleep(backoffMs(failures, { maxMs: settings.BACKOFF_MAX_MS, retryAfterMs, random: Math.random() }), deadline);
    }
  } finally {
    await shipper.close();
  }
}
