import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readRecord } from '../../services/collector/log/record.ts';
import { listSegments, MAGIC } from '../../services/collector/log/segment-files.ts';
import { lakeDirOf, logDirOf } from '../support/load-collector.ts';

/** What lies on disk after a kill. */
export type Wreck = {
  /** `hour#generation` that were cut and not sealed. */
  cutHours: Set<string>;
  temporaries: { table: string; hour: string; sinceMs: number }[];
  hasBody(body: Buffer): boolean;
  segments: number[];
};

/** Reads the log and the names of the lake as they are, changing nothing. */
export function readWreck(dir: string): Wreck {
  const cutHours = new Set<string>();
  const bodies = new Map<number, Buffer[]>();
  const segments = listSegments(logDirOf(dir));
  for (const { path } of segments) {
    const bytes = readFileSync(path);
    for (let found = readRecord(bytes, MAGIC.length); found; found = readRecord(bytes, found.next)) {
      const { header, body } = found.record;
      if (header.kind === 'batch') bodies.set(body.length, [...(bodies.get(body.length) ?? []), body]);
      else if (header.kind === 'cut') cutHours.add(nameOf(header));
      else if (header.kind === 'sealed') cutHours.delete(nameOf(header));
    }
  }
  return {
    cutHours,
    temporaries: temporaries(lakeDirOf(dir)),
    hasBody: (body) => bodies.get(body.length)?.some((held) => held.equals(body)) ?? false,
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

/** One cluster here: the start of an hour names it. */
function nameOf({ hour, generation }: { hour: string; generation: number }): string {
  return `${hour.split('/').at(-1)}#${generation}`;
}
