/** What comes beside samples, and the tables it goes to. */
export const PACKED_KINDS = ['histograms', 'exemplars'] as const;
export type PackedKind = (typeof PACKED_KINDS)[number];

/** Absent where there are none, as in nearly every request. */
export type PackedByKind = Partial<Record<PackedKind, PackedRows>>;

/** Start, time and series of a row. */
const ROW_BYTES = 16;

/** Rows whose content is a run of bytes, in order of arrival: histograms (histogram-content.ts) and exemplars (exemplar.ts). */
export class PackedRows {
  rows = 0;
  #series = new Uint32Array(16);
  #timesMs = new Float64Array(16);
  #ends = new Uint32Array(16);
  #content: Buffer = Buffer.allocUnsafe(1024);

  /** Bytes of memory that the rows take. */
  get bytes(): number {
    return this.rows * ROW_BYTES + this.#startOf(this.rows);
  }

  push(series: number, timeMs: number, content: Uint8Array): void {
    const row = this.rows;
    const start = this.#startOf(row);
    const end = start + content.length;
    if (row === this.#series.length) this.#growRows();
    if (end > this.#content.length) this.#growContent(end);
    this.#content.set(content, start);
    this.#series[row] = series;
    this.#timesMs[row] = timeMs;
    this.#ends[row] = end;
    this.rows = row + 1;
  }

  /** Index into the table that the rows were decoded with. */
  seriesOf(row: number): number {
    return this.#series[row] as number;
  }

  timeMsOf(row: number): number {
    return this.#timesMs[row] as number;
  }

  /** Valid until the next `push`. */
  contentOf(row: number): Buffer {
    return this.#content.subarray(this.#startOf(row), this.#ends[row]);
  }

  #startOf(row: number): number {
    return row === 0 ? 0 : (this.#ends[row - 1] as number);
  }

  #growRows(): void {
    const size = this.#series.length * 2;
    const [series, timesMs, ends] = [new Uint32Array(size), new Float64Array(size), new Uint32Array(size)];
    series.set(this.#series);
    timesMs.set(this.#timesMs);
    ends.set(this.#ends);
    [this.#series, this.#timesMs, this.#ends] = [series, timesMs, ends];
  }

  #growContent(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#content.length * 2));
    this.#content.copy(larger, 0, 0, this.#startOf(this.rows));
    this.#content = larger;
  }
}
