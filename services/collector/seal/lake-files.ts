import { join } from 'node:path';
import type { Table } from '@tallyship/shared/contracts/columns';
import { lakeKey } from '@tallyship/shared/contracts/lake-key';
import type { Generation } from '../hours/open-hours.ts';
import { packedFiles } from './packed-files.ts';
import type { FileWriter, SealedFile } from './sealer.ts';
import type { SortedRows } from './sort-rows.ts';
import type { WriteOptions } from './write-samples.ts';
import { writeSamples } from './write-samples.ts';
import { writeUsage } from './write-usage.ts';

/**
 * The files of the target `lake`, under their lake keys: `samples` first, then the `usage` part, which is also brought up to date, then
 * `histograms` and `exemplars`. Each is there only if it has rows.
 */
export function lakeFiles(outputDir: string, replica: string, options: WriteOptions): FileWriter {
  const pathOf = (table: Table, { identity, hourStartMs, generation }: Generation) =>
    join(outputDir, lakeKey({ ...identity, table, hourStartMs, replica, generation }));
  const usage = (generation: Generation): SealedFile => ({
    path: pathOf('usage', generation),
    hasRows,
    write: (sorted, sink) => writeUsage(sorted, generation.hourStartMs, sink, options),
  });
  return {
    final: (generation) => [
      {
        path: pathOf('samples', generation),
        hasRows,
        write: (sorted, sink) => writeSamples(sorted, generation.hourStartMs, sink, options),
      },
      usage(generation),
      ...packedFiles(generation, (kind) => pathOf(kind, generation), options),
    ],
    running: (generation) => [usage(generation)],
  };
}

const hasRows = ({ rows }: SortedRows) => rows > 0;
