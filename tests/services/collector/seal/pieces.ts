import type { IngestLimits } from '../../../../services/collector/decode/limits.ts';
import { SeriesTable } from '../../../../services/collector/decode/series-table.ts';
import { HourRows } from '../../../../services/collector/hours/hour-rows.ts';
import type { Piece } from '../../../../services/collector/hours/open-hours.ts';
import { RowArena } from '../../../../services/collector/hours/row-arena.ts';

export const noPause = async () => {};
// One for all: each takes a part of the address space.
const LIMITS = { maxLabels: 9, maxLabelNameBytes: 99, maxLabelValueBytes: 99 } as IngestLimits;
const ARENA = new RowArena();

export type Row = { series: string; timeMs: number; bits: bigint };

/** Series are told apart by their metric; a table lists them in the order of its own rows, as a collector meets them. */
export function pieceOf(rows: readonly Row[]): Piece {
  const names = [...new Set(rows.map(({ series }) => series))];
  const hourRows = new HourRows(ARENA);
  const columns = {
    series: Uint32Array.from(rows, ({ series }) => names.indexOf(series)),
    timesMs: Float64Array.from(rows, ({ timeMs }) => timeMs),
    bits: new Uint32Array(BigUint64Array.from(rows, ({ bits }) => bits).buffer),
  };
  hourRows.push(columns, 0, rows.length, 0);
  const table = new SeriesTable('', LIMITS);
  for (const name of names) table.indexOfSet([['__name__', name]]);
  return { table, rows: hourRows };
}

export function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}
