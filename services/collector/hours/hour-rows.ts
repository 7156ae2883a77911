const CHUNK_ROWS = 1 << 16;

export type RowChunk = { rows: number; series: Uint32Array; offsets: Uint32Array; bits: Uint32Array };

/** Rows of one hour in order of arrival: series index, milliseconds into the hour, value bits. 16 bytes a row. */
export class HourRows {
  rows = 0;
  readonly chunks: RowChunk[] = [];
  #last: RowChunk | undefined;

  push(series: number, offset: number, low: number, high: number): void {
    let chunk = this.#last;
    if (!chunk || chunk.rows === chunk.series.length) {
      // Small at first: a late sample or two must not cost a megabyte.
      const size = Math.min(CHUNK_ROWS, Math.max(1024, this.rows));
      chunk = { rows: 0, series: new Uint32Array(size), offsets: new Uint32Array(size), bits: new Uint32Array(2 * size) };
      this.chunks.push(chunk);
      this.#last = chunk;
    }
    const row = chunk.rows++;
    chunk.series[row] = series;
    chunk.offsets[row] = offset;
    chunk.bits[2 * row] = low;
    chunk.bits[2 * row + 1] = high;
    this.rows++;
  }
}
