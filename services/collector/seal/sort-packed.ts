import type { Series } from '../decode/labels.ts';
import type { PackedKind, PackedRows } from '../decode/packed-rows.ts';
import { compareSeries, type SeriesStore } from '../decode/series-store.ts';
import type { PackedPiece } from '../hours/packed-pieces.ts';

/** A histogram or an exemplar in its place in a file. */
export type PackedRow = { series: Series; rank: number; timeMs: number; content: Buffer };

/** Rows by position; what a row refers to is looked up when it is asked for. */
export type SortedPacked = { rows: number; rowAt(position: number): PackedRow };

type Source = { rows: PackedRows; row: number; store: SeriesStore; index: number; series: Series; rank: number };

/**
 * Sorts by (series as `sortRows` does, time, content), exact duplicates once. The order depends on the rows alone, not on how they
 * arrived: a repeated seal makes the same bytes.
 */
export function sortPacked(pieces: readonly PackedPiece[], kind: PackedKind): SortedPacked {
  const sources: Source[] = [];
  const ranked = new Map<string, Source[]>();
  for (const { table, packed } of pieces) {
    const rows = packed[kind];
    for (let row = 0; row < (rows?.rows ?? 0); row++) {
      const index = (rows as PackedRows).seriesOf(row);
      const series = table.seriesAt(index);
      const source: Source = { rows: rows as PackedRows, row, store: table.store, index, series, rank: 0 };
      const ofSeries = ranked.get(series.seriesId);
      if (ofSeries) ofSeries.push(source);
      else ranked.set(series.seriesId, [source]);
    }
  }
  const groups = [...ranked.values()].sort(([a], [b]) => bySeries(a as Source, b as Source));
  for (const [rank, group] of groups.entries()) {
    group.sort(byTimeAndContent);
    for (const [at, source] of group.entries()) {
      if (at > 0 && byTimeAndContent(group[at - 1] as Source, source) === 0) continue;
      source.rank = rank;
      sources.push(source);
    }
  }
  return { rows: sources.length, rowAt: (position) => rowOf(sources[position] as Source) };
}

function bySeries(a: Source, b: Source): number {
  return compareSeries(a.store, a.index, b.store, b.index);
}

function byTimeAndContent(a: Source, b: Source): number {
  return a.rows.timeMsOf(a.row) - b.rows.timeMsOf(b.row) || Buffer.compare(a.rows.contentOf(a.row), b.rows.contentOf(b.row));
}

function rowOf({ rows, row, series, rank }: Source): PackedRow {
  return { series, rank, timeMs: rows.timeMsOf(row), content: rows.contentOf(row) };
}
