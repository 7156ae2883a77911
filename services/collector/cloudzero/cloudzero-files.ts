import { join } from 'node:path';
import type { Generation } from '../hours/open-hours.ts';
import type { FileWriter, SealedFile } from '../seal/sealer.ts';
import type { SortedRows } from '../seal/sort-rows.ts';
import { compileRules, type FilterRules } from './filter-rules.ts';
import type { FileKind, RowSelection } from './select-rows.ts';
import { write2024 } from './write-2024.ts';
import { type CloudzeroFile, writeCurrent } from './write-current.ts';

export type CloudzeroFormat = {
  rules: FilterRules;
  selection: RowSelection;
  schema: 'current' | '2024';
  organizationId: string;
  /** The 2024 agent wrote milliseconds into columns that are declared as microseconds. */
  hasUnitFault: boolean;
  pause: () => Promise<void>;
};

const PREFIX: Record<FileKind, string> = { cost: 'metrics', observability: 'observability' };

/**
 * The files of the target `cloudzero`: `metrics_<startMs>_<stopMs>.parquet` and `observability_…`, from when the generation was opened to when
 * it was cut. No two cuts have the same time, so neither have two files of a cluster the same name.
 */
export function cloudzeroFiles(outputDir: string, format: CloudzeroFormat): FileWriter {
  const keepsLabel: Record<FileKind, (name: string) => boolean> = {
    cost: compileRules(format.rules.cost_labels),
    observability: compileRules(format.rules.observability_labels),
  };
  const fileOf = (kind: FileKind, generation: Generation): SealedFile => {
    const { identity, hourStartMs, openedAtMs, cutAtMs } = generation;
    const folder = `account=${identity.account}/region=${identity.region}/cluster=${identity.cluster}`;
    const file: CloudzeroFile = { identity, hourStartMs, createdAtMs: openedAtMs, keepsLabel: keepsLabel[kind] };
    return {
      path: join(outputDir, 'cloudzero', 'v1', folder, `${PREFIX[kind]}_${openedAtMs}_${cutAtMs}.parquet`),
      hasRows: (sorted) => ranksOf(sorted, (metric) => format.selection.goesTo(kind, metric)).length > 0,
      write: (sorted, sink) => {
        const rows = pickSeries(sorted, (metric) => format.selection.goesTo(kind, metric));
        return format.schema === 'current'
          ? writeCurrent(rows, file, sink, format.pause)
          : write2024(rows, { ...file, organizationId: format.organizationId, hasUnitFault: format.hasUnitFault }, sink);
      },
    };
  };
  return {
    final: (generation) => [fileOf('cost', generation), fileOf('observability', generation)],
    running: () => [],
  };
}

/** The series whose metric is wanted; their rows are read from the whole, run by run. */
function pickSeries(sorted: SortedRows, isWanted: (metric: string) => boolean): SortedRows {
  const { starts } = sorted;
  const ranks = ranksOf(sorted, isWanted);
  const picked = new Uint32Array(ranks.length + 1);
  for (const [at, rank] of ranks.entries())
    picked[at + 1] = (picked[at] as number) + (starts[rank + 1] as number) - (starts[rank] as number);
  return {
    count: ranks.length,
    seriesAt: (at) => sorted.seriesAt(ranks[at] as number),
    textAt: (at, text) => sorted.textAt(ranks[at] as number, text),
    idAt: (at) => sorted.idAt(ranks[at] as number),
    starts: picked,
    rows: picked[ranks.length] as number,
    read: (from, to) => {
      const rows = (picked[to] as number) - (picked[from] as number);
      const block = { offsets: new Uint32Array(rows), bits: new Uint32Array(2 * rows) };
      for (let at = from; at < to; at++) {
        const rank = ranks[at] as number;
        const { offsets, bits } = sorted.read(rank, rank + 1);
        const row = (picked[at] as number) - (picked[from] as number);
        block.offsets.set(offsets, row);
        block.bits.set(bits, 2 * row);
      }
      return block;
    },
  };
}

function ranksOf({ count, textAt }: SortedRows, isWanted: (metric: string) => boolean): number[] {
  return Array.from({ length: count }, (_, rank) => rank).filter((rank) => isWanted(textAt(rank, 0)));
}
