import { HOUR_MS, type LakeFile, parseLakeKey } from '@tallyship/shared/contracts/lake-key';
import type { Shipment } from './read-manifest.ts';

export type TimeRange = { fromMs: number; toMs: number };
/** A manifest by the hour and replica that its key names. */
export type ManifestHour = { replica: string; hourStartMs: number };
export type ShortFile = { hour: string; key: string; fault: 'absent' | 'size'; expectedBytes: number; bytes: number | null };
export type ReplicaReport = {
  replica: string;
  firstHour: string;
  lastHour: string;
  /** Hours in the range that have a manifest, and objects that these list. */
  hours: number;
  files: number;
  /** Hours between the first and the last that have no manifest. */
  missing: string[];
  /** Objects of the range that are not in the lake as they were shipped. */
  short: ShortFile[];
  /** Hours that are long over and have a usage part without the samples of its generation: they were lost before they were sealed. */
  unsealed: string[];
  isComplete: boolean;
};

/** Samples of an hour reach the lake within 80 minutes of its end. */
const SEALED_AFTER_MS = 2 * HOUR_MS;

/**
 * Holds what shippers say they have stored against what is in the lake.
 * @param manifests names of manifests in the range and around it: they tell when a replica began and ended
 * @param shipments what the manifests of the range list
 * @param sizes bytes of the lake's objects of the range, by key
 */
export function judgeHours(
  range: TimeRange,
  manifests: readonly ManifestHour[],
  shipments: readonly Shipment[],
  sizes: ReadonlyMap<string, number>,
  nowMs: number,
): ReplicaReport[] {
  const latest = latestByKey(shipments);
  const replicas = [...new Set(manifests.map(({ replica }) => replica))].sort();
  return replicas.flatMap((replica) => {
    const known = new Set(manifests.filter((manifest) => manifest.replica === replica).map(({ hourStartMs }) => hourStartMs));
    const all = [...known].sort((a, b) => a - b);
    const [first, last] = [all[0], all[all.length - 1]];
    const inRange = hoursOf({ fromMs: Math.max(range.fromMs, first), toMs: Math.min(range.toMs, last + HOUR_MS) });
    if (inRange.length === 0) return [];
    const missing = inRange.filter((hour) => !known.has(hour)).map(iso);
    const files = latest.filter(
      ({ file }) => file.replica === replica && file.hourStartMs >= range.fromMs && file.hourStartMs < range.toMs,
    );
    const short = files.flatMap(({ shipment, file }) => shortFile(shipment, file.hourStartMs, sizes.get(shipment.key)));
    const unsealed = unsealedHours(
      files.map(({ file }) => file),
      nowMs,
    );
    return {
      replica,
      firstHour: iso(inRange[0]),
      lastHour: iso(inRange[inRange.length - 1]),
      hours: inRange.length - missing.length,
      files: files.length,
      missing,
      short,
      unsealed,
      isComplete: missing.length === 0 && short.length === 0 && unsealed.length === 0,
    };
  });
}

/**
 * A running hour's part is shipped again and again under one key, and manifests of several generations may list it: the last word counts.
 * By hour and key, in whatever order the manifests were read.
 */
function latestByKey(shipments: readonly Shipment[]) {
  const byKey = new Map<string, Shipment>();
  for (const shipment of shipments) {
    const known = byKey.get(shipment.key);
    if (!known || shipment.uploadedMs >= known.uploadedMs) byKey.set(shipment.key, shipment);
  }
  const parsed = [...byKey.values()].flatMap((shipment) => {
    const file = parseLakeKey(shipment.key);
    return file ? [{ shipment, file }] : [];
  });
  return parsed.sort((a, b) => a.file.hourStartMs - b.file.hourStartMs || (a.shipment.key < b.shipment.key ? -1 : 1));
}

function shortFile({ key, bytes: expectedBytes }: Shipment, hourStartMs: number, bytes: number | undefined): ShortFile[] {
  if (bytes === expectedBytes) return [];
  return [{ hour: iso(hourStartMs), key, fault: bytes === undefined ? 'absent' : 'size', expectedBytes, bytes: bytes ?? null }];
}

function unsealedHours(files: readonly LakeFile[], nowMs: number): string[] {
  const sealed = new Set(
    files.filter(({ table }) => table === 'samples').map(({ hourStartMs, generation }) => `${hourStartMs} ${generation}`),
  );
  const lost = files.filter(
    ({ table, hourStartMs, generation }) =>
      table === 'usage' && hourStartMs + HOUR_MS + SEALED_AFTER_MS <= nowMs && !sealed.has(`${hourStartMs} ${generation}`),
  );
  return [...new Set(lost.map(({ hourStartMs }) => hourStartMs))].sort((a, b) => a - b).map(iso);
}

function hoursOf({ fromMs, toMs }: TimeRange): number[] {
  return Array.from({ length: Math.max(0, Math.ceil((toMs - fromMs) / HOUR_MS)) }, (_, index) => fromMs + index * HOUR_MS);
}

const iso = (ms: number) => new Date(ms).toISOString();
