import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readRecord } from '../../services/collector/log/record.ts';
import { listSegments, MAGIC } from '../../services/collector/log/segment-files.ts';
import { lakeDirOf, logDirOf } from '../support/load-collector.ts';

const HOUR_MS = 3_600_000;

/** What lies on disk after a kill. */
export type Wreck = {
  /** `hour#generation` that were cut and not sealed. */
  cutHours: Set<string>;
  temporaries: { table: string; hour: string; sinceMs: number }[];
  hasBody(body: Buffer): boolean;
  /** Bodies with rows that are in no sealed file yet. */
  unsealed: Buffer[];
  segments: number[];
};

/** Reads the log and the names of the lake as they are, changing nothing. */
export function readWreck(dir: string): Wreck {
  const cutHours = new Set<string>();
  const sealed = new Set<string>();
  const current = new Map<string, number>();
  const batches: { body: Buffer; hours: string[] }[] = [];
  const segments = listSegments(logDirOf(dir));
  for (const { path } of segments) {
    const bytes = readFileSync(path);
    for (let found = readRecord(bytes, MAGIC.length); found; found = readRecord(bytes, found.next)) {
      const { header, body } = found.record;
      if (header.kind === 'batch') batches.push({ body, hours: hoursOf(header.hours).map((hour) => `${hour}#${current.get(hour) ?? 0}`) });
      else if (header.kind === 'cut') {
        cutHours.add(nameOf(header));
        current.set(header.hour.split('/').at(-1) as string, header.generation + 1);
      } else if (header.kind === 'sealed') {
        cutHours.delete(nameOf(header));
        sealed.add(nameOf(header));
      } else {
        for (const [hour, generation] of Object.entries(header.generations.lake ?? {}))
          current.set(hour.split('/').at(-1) as string, generation);
      }
    }
  }
  return {
    cutHours,
    temporaries: temporaries(lakeDirOf(dir)),
    hasBody: (body) => batches.some((held) => held.body.equals(body)),
    unsealed: batches.filter(({ hours }) => hours.some((hour) => !sealed.has(hour))).map(({ body }) => body),
    segments: segments.map(({ number }) => number),
  };
}

/** All `.tmp` files of a lake folder. */
export function temporaries(lakeDir: string): Wreck['temporaries'] {
  return readdirSync(lakeDir, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.tmp'))
    .map((path) => {
      const [table = '', hour = '', , generation = ''] = basename(path, '.parquet.tmp').split('_');
      return { table, hour: `${hour}#${generation.split('-').at(-1)}`, sinceMs: statSync(join(lakeDir, path)).birthtimeMs };
    });
}

/** Starts of the hours from the first to the last. */
function hoursOf([first, last]: [number, number]): string[] {
  return Array.from({ length: (last - first) / HOUR_MS + 1 }, (_, at) => String(first + at * HOUR_MS));
}

/** One cluster here: the start of an hour names it. */
function nameOf({ hour, generation }: { hour: string; generation: number }): string {
  return `${hour.split('/').at(-1)}#${generation}`;
}
