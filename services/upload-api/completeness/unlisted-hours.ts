import type { LakeFile } from '@tallyship/shared/contracts/lake-key';
import type { StoredObject } from '@tallyship/shared/storage/object-store';

/** Objects of one replica and hour that no manifest lists: their own manifest never came, or cannot be read. */
export type UnlistedHour = { replica: string; hour: string; keys: string[] };

/**
 * How long an object may wait for the manifest that lists it: a shipper sends it in the same cycle, and usage is promised within 15
 * minutes. Nothing that a deployment would set: a longer wait only hides what is lost, a shorter one tells of what is under way.
 */
const LISTED_WITHIN_MS = 15 * 60_000;

/**
 * What is in the lake though nobody has said so, by replica and hour.
 * @param objects of the hours that are asked about; their times are by the store's clock, in whole seconds at some stores
 * @param listed keys that manifests list
 */
export function unlistedHours(
  objects: readonly { object: StoredObject; file: LakeFile }[],
  listed: ReadonlySet<string>,
  nowMs: number,
): UnlistedHour[] {
  const unlisted = objects.filter(({ object }) => object.modifiedMs < nowMs - LISTED_WITHIN_MS && !listed.has(object.key));
  const byHour = Map.groupBy(unlisted, ({ file }) => `${file.replica} ${new Date(file.hourStartMs).toISOString()}`);
  return [...byHour.keys()].sort().map((name) => {
    const [replica, hour] = name.split(' ');
    return { replica, hour, keys: (byHour.get(name) ?? []).map(({ object }) => object.key).sort() };
  });
}
