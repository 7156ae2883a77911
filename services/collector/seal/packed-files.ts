import { PACKED_KINDS, type PackedKind } from '../decode/packed-rows.ts';
import type { Generation } from '../hours/open-hours.ts';
import { EXEMPLAR_TABLE } from './exemplar-table.ts';
import { HISTOGRAM_TABLE } from './histogram-table.ts';
import type { SealedFile } from './sealer.ts';
import { sortPacked } from './sort-packed.ts';
import { type PackedTable, writePacked } from './write-packed.ts';
import type { WriteOptions } from './write-samples.ts';

const TABLE_OF: Record<PackedKind, PackedTable> = { histograms: HISTOGRAM_TABLE, exemplars: EXEMPLAR_TABLE };

/** The `histograms` and `exemplars` files of a generation, each only where it has rows. */
export function packedFiles(
  { packed, hourStartMs }: Generation,
  pathOf: (kind: PackedKind) => string,
  options: WriteOptions,
): SealedFile[] {
  const kinds = PACKED_KINDS.filter((kind) => packed.some((piece) => piece.packed[kind]));
  return kinds.map((kind) => ({
    path: pathOf(kind),
    write: (_, sink) => writePacked(TABLE_OF[kind], sortPacked(packed, kind), hourStartMs, sink, options),
  }));
}
