import { HOUR_MS } from '@tallyship/shared/contracts/lake-key';
import type { IngestLimits } from '../decode/limits.ts';
import { hourKey } from '../hours/hour-key.ts';
import type { Targets } from '../hours/targets.ts';
import type { Ingest } from '../ingest.ts';
import { ImpliedGenerations } from './implied-generations.ts';
import { type BatchRecord, type Checkpoint, LOG_VERSION } from './record.ts';
import { cutAbandoned, listSegments, replaySegment } from './segment-files.ts';

export type Recovery = { segments: number; batches: number; replayed: number; cutBytes: number; damagedBytes: number };

/**
 * Brings the open hours to the state of the log's end: torn tail cut, whole records taken up, rows that are in sealed files left out.
 * Generations that were cut but not sealed come back as cut; sealing them again makes the same bytes.
 * @param today the limits of the settings, for batches before which every checkpoint is damaged
 * @throws Error when the log was written by a newer release
 */
export function recover(dir: string, ingest: Ingest, targets: Targets, today: IngestLimits): Recovery {
  const segments = listSegments(dir);
  cutAbandoned(segments);
  const last = segments.at(-1);
  const recovery: Recovery = { segments: segments.length, batches: 0, replayed: 0, cutBytes: 0, damagedBytes: 0 };
  const sealed = new Set<string>();
  const implied = new ImpliedGenerations();
  for (const segment of segments) {
    const { cutBytes, damagedBytes } = replaySegment(segment, segment === last, ({ header }) => {
      implied.see(header);
      if (header.kind === 'sealed') sealed.add(`${header.target}/${header.hour}#${header.generation}`);
    });
    recovery.cutBytes += cutBytes;
    recovery.damagedBytes += damagedBytes;
  }
  // Killed in its very first write: nothing was acknowledged yet, and nothing can be forgotten.
  const isNew = last?.number === 1 && implied.isUnread;
  const forgotten = last && !isNew ? implied.forgotten(last.closedAtMs) : undefined;
  for (const name of targets.names) targets.of(name)?.restore(implied.of(name), forgotten);
  let limits = today;
  for (const segment of segments) {
    replaySegment(segment, true, (record) => {
      const { header } = record;
      if (header.kind === 'checkpoint') limits = restoreCheckpoint(header, targets);
      else if (header.kind === 'cut') targets.of(header.target)?.cut(header.hour, header.generation, header.atMs);
      else if (header.kind === 'sealed') targets.of(header.target)?.sealed(header.hour, header.generation);
      else {
        const isNeeded = hasOpenRows(record as BatchRecord, targets, sealed);
        recovery.batches++;
        if (isNeeded) recovery.replayed++;
        ingest.replay(record as BatchRecord, limits, segment.number, isNeeded);
      }
    });
  }
  return recovery;
}

function restoreCheckpoint(header: Checkpoint, targets: Targets): IngestLimits {
  if (header.version > LOG_VERSION) throw new Error(`the log is of version ${header.version}; this release reads up to ${LOG_VERSION}`);
  for (const name of targets.names) targets.of(name)?.restore(header.generations[name] ?? {}, header.forgotten?.[name]);
  return header.limits;
}

/** Rows of a batch go to the generation that is current where the batch stands in the log. */
function hasOpenRows({ header }: BatchRecord, targets: Targets, sealed: Set<string>): boolean {
  const [first, last] = header.hours;
  for (let hourStartMs = first; hourStartMs <= last; hourStartMs += HOUR_MS) {
    const key = hourKey(header.identity, hourStartMs);
    if (targets.names.some((name) => !sealed.has(`${name}/${key}#${targets.of(name)?.currentOf(key)}`))) return true;
  }
  return false;
}
