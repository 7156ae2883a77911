import type { CycleParts } from './cycle-parts.ts';
import type { Shipment } from './ledger.ts';
import { lifeMs, placeOf } from './presigned-url.ts';
import { putFile } from './put-file.ts';
import { ASKED_LIFE_MS } from './upload-client.ts';
import type { PreparedFile } from './waiting-files.ts';

/** An upload URL and when it was given, by our clock: an expiry in the words of another clock is not compared with ours. */
export type GivenUrl = { url: URL; givenAtMs: number };

/**
 * Uploads one file, verified, and marks it. Marked before it is moved or purged: stopped in between, the next start finds the mark and
 * only moves the file; stopped before the mark, it uploads the same bytes to the same key again.
 * @throws ShipFault of the storage, the file or the ledger
 */
export async function uploadFile(
  parts: CycleParts,
  prepared: PreparedFile,
  { url, givenAtMs }: GivenUrl,
  signal: AbortSignal,
): Promise<void> {
  const { target, clock, ledger, waiting, telemetry, putIdleTimeoutMs, putDeadlineMs } = parts;
  const { file, payload, rows } = prepared;
  const tries = waiting.tried(file.key);
  const startedMs = clock.now();
  const expiresAtMs = givenAtMs + Math.min(ASKED_LIFE_MS, lifeMs(url) ?? ASKED_LIFE_MS);
  const limits = { url, expiresAtMs, idleTimeoutMs: putIdleTimeoutMs, deadlineMs: putDeadlineMs };
  const proof = await putFile(payload, limits, parts, signal);
  const shipment: Shipment = {
    target: target.name,
    key: file.key,
    referenceId: file.referenceId,
    rows,
    bytes: payload.bytes,
    sha256: payload.sha256.toString('hex'),
    schemaVersion: file.schemaVersion,
    shippedAtMs: clock.now(),
    place: placeOf(url),
    tries,
  };
  ledger.mark(shipment, file.identity, target.name === 'lake' ? file.manifest : undefined);
  telemetry.shipped(shipment, proof, (clock.now() - startedMs) / 1000);
}
