import type { Series } from '../../../../services/collector/decode/labels.ts';
import type { SeriesTable } from '../../../../services/collector/decode/series-table.ts';
import { HourRows } from '../../../../services/collector/hours/hour-rows.ts';
import type { Piece } from '../../../../services/collector/hours/open-hours.ts';

export type Row = { series: string; timeMs: number; bits: bigint };

/** Series are told apart by their metric; a table lists them in the order of its own rows, as a collector meets them. */
export function pieceOf(rows: readonly Row[]): Piece {
  const names = [...new Set(rows.map(({ series }) => series))];
  const hourRows = new HourRows();
  for (const { series, timeMs, bits } of rows) {
    hourRows.push(names.indexOf(series), timeMs, Number(bits & 0xffffffffn), Number(bits >> 32n));
  }
  return { table: { series: names.map(seriesNamed) } as unknown as SeriesTable, rows: hourRows };
}

export function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

function seriesNamed(name: string): Series {
  return { columns: [name, ...new Array<string>(12).fill('')], haReplica: '', labels: '{}', seriesId: name.padStart(32, '0') };
}
