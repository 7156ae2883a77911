import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurable } from '@tallyship/shared/storage/durable-file';

export type ReplicaNaming = {
  /** REPLICA; empty where it is not set. */
  setting: string;
  hostName: string;
  logDir: string;
  /** False for a log without a segment: nothing was ever named by it. */
  hasSegments: boolean;
  /** True when nothing waits to be sealed. */
  isIdle: boolean;
  nowMs: number;
};

/**
 * The name of this replica in file names: what the settings call it, else its host, and when its log was begun (`collector-0.t4n0uok3f`). It is
 * kept beside the log. A log that begins anew, on a volume that was lost, begins at generation 0 too: under a name of its own it
 * cannot overwrite what went before. What was begun under one name ends under it, or samples would be in two files: a new REPLICA or host
 * name counts from a start on at which nothing is left to seal.
 */
export async function replicaName({ setting, hostName, logDir, hasSegments, isIdle, nowMs }: ReplicaNaming): Promise<string> {
  const path = join(logDir, 'replica');
  const kept = readKept(path);
  const wanted = setting || kept?.name || hostName;
  if (kept && (kept.name === wanted || !isIdle)) return nameOf(kept);
  // A log of a release that kept no name: its files have none but the setting's.
  const chosen = { name: wanted, epoch: hasSegments && !kept ? '' : epochOf(nowMs) };
  await writeDurable(path, (sink) => sink(Buffer.from(`${chosen.name}\n${chosen.epoch}`)));
  return nameOf(chosen);
}

type Kept = { name: string; epoch: string };

/** A line for the name, one for the epoch; earlier releases wrote the name alone. */
function readKept(path: string): Kept | undefined {
  try {
    const [name = '', epoch = ''] = readFileSync(path, 'utf8').split('\n');
    return name === '' ? undefined : { name, epoch };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`read ${path}`, { cause: error });
  }
}

function nameOf({ name, epoch }: Kept): string {
  return epoch === '' ? name : `${name}.${epoch}`;
}

/** Seconds and chance, nine of 0-9 a-z: two logs of one name differ also where the clock was put back between them. */
function epochOf(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000)
    .toString(36)
    .padStart(6, '0');
  return (
    seconds.slice(-6) +
    randomInt(36 ** 3)
      .toString(36)
      .padStart(3, '0')
  );
}
