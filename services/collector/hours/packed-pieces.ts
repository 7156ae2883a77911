import { HOUR_MS } from '@tallyship/shared/contracts/lake-key';
import type { Batch } from '../decode/batch.ts';
import { PACKED_KINDS, type PackedByKind, PackedRows } from '../decode/packed-rows.ts';
import type { SeriesTable } from '../decode/series-table.ts';

/** Histograms and exemplars whose series indexes point into one table. */
export type PackedPiece = { table: SeriesTable; packed: PackedByKind };

/** The part of a generation that is filled here. */
type Hour = { packed: PackedPiece[]; rows: number };

/** Histograms and exemplars are counted in samples of this size. */
export const SAMPLE_BYTES = 16;

/**
 * Copies the histograms and exemplars of a batch into the hours that they belong to.
 * @returns how many samples would take as much memory; they count as so many rows of their generations
 */
export function applyPacked({ packed, table }: Batch, openHour: (hourStartMs: number) => Hour): number {
  let samples = 0;
  for (const kind of PACKED_KINDS) {
    const from = packed[kind];
    for (let row = 0; row < (from?.rows ?? 0); row++) {
      const timeMs = (from as PackedRows).timeMsOf(row);
      const hour = openHour(Math.floor(timeMs / HOUR_MS) * HOUR_MS);
      const into = pieceOf(hour, table).packed;
      into[kind] ??= new PackedRows();
      const before = into[kind].bytes;
      into[kind].push((from as PackedRows).seriesOf(row), timeMs, (from as PackedRows).contentOf(row));
      const added = Math.ceil((into[kind].bytes - before) / SAMPLE_BYTES);
      hour.rows += added;
      samples += added;
    }
  }
  return samples;
}

function pieceOf(hour: Hour, table: SeriesTable): PackedPiece {
  const last = hour.packed.at(-1);
  if (last?.table === table) return last;
  const piece = { table, packed: {} };
  hour.packed.push(piece);
  return piece;
}
