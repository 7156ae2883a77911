import type { Series } from '../../../../services/collector/decode/labels.ts';
import type { SeriesTable } from '../../../../services/collector/decode/series-table.ts';
import { HourRows } from '../../../../services/collector/hours/hour-rows.ts';
import type { Piece } from '../../../../services/collector/hours/open-hours.ts';
import { RowArena } from '../../../../services/collector/hours/row-arena.ts';

export const noPause = async () => {};
// One for all: each takes a part of the address space.
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
  const series = names.map(seriesNamed);
  return { table: { series, seriesAt: (at: number) => series[at] } as unknown as SeriesTable, rows: hourRows };
}

export function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

function seriesNamed(name: string): Series {
  return { columns: [name, ...new Array<string>(12).fill('')], haReplica: '', labels: '{}', seriesId: name.padStart(32, '0') };
}
