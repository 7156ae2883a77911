import type { IngestLimits } from './limits.ts';
import { RequestTooLarge } from './limits.ts';
import { type PackedByKind, type PackedKind, PackedRows } from './packed-rows.ts';
import type { SeriesTable } from './series-table.ts';

/** One decoded request: rows as columns, never an object a sample. */
export type Batch = {
  table: SeriesTable;
  rows: number;
  /** What `table.seriesAt` takes. */
  series: Uint32Array;
  timesMs: Float64Array;
  /** IEEE 754 bits, low word then high word: a value never passes through a JS number, which would lose NaN payloads. */
  bits: Uint32Array;
  /** Histograms and exemplars. */
  packed: PackedByKind;
  outcome: Outcome;
};

export type Counts = Record<'samples' | PackedKind, number>;

/** What a request held and what of it was refused, why and how often. */
export type Outcome = { received: Counts; refused: Counts; refusals: Map<string, number> };

/** Label sets of one request, written out. A body cannot hold as much, but references can stand for it. */
const MAX_REQUEST_LABEL_BYTES = 128 * 1024 * 1024;
/** Histograms and exemplars of one request, as they are kept. */
const MAX_REQUEST_PACKED_BYTES = 64 * 1024 * 1024;

type Columns = { series: Uint32Array<ArrayBuffer>; timesMs: Float64Array<ArrayBuffer>; bits: Uint32Array<ArrayBuffer> };

const FIRST_ROWS = 4096;
/** Columns of more rows are left to the garbage collector, so that one huge request does not hold its memory for good. */
const MAX_KEPT_ROWS = 65_536;
const MAX_FREE = 8;

/**
 * Collects the rows of one request at a time. A batch keeps its columns until `recycle` hands them back to a later one; a batch that
 * is never handed back costs no more than its garbage.
 */
export class BatchBuilder {
  #rows = 0;
  #series = new Uint32Array(FIRST_ROWS);
  #timesMs = new Float64Array(FIRST_ROWS);
  #bits = new Uint32Array(2 * FIRST_ROWS);
  readonly #free: Columns[] = [];
  /** Samples of other times are refused. */
  oldestMs = 0;
  newestMs = 0;
  #seriesCount = 0;
  #labelBytes = 0;
  #packed: PackedByKind = {};
  #packedBytes = 0;
  #limits: IngestLimits | undefined;
  #outcome: Outcome = emptyOutcome();

  start(limits: IngestLimits, receivedAtMs: number): void {
    this.#rows = 0;
    this.#seriesCount = 0;
    this.#labelBytes = 0;
    this.#packed = {};
    this.#packedBytes = 0;
    this.#limits = limits;
    this.oldestMs = receivedAtMs - limits.maxSampleAgeMs;
    this.newestMs = receivedAtMs + limits.maxSampleFutureMs;
    this.#outcome = emptyOutcome();
  }

  /** Counts a series of the request, so that one request cannot fill the series table. */
  countSeries(series = 1): void {
    this.#seriesCount += series;
    const max = this.#limits?.maxRequestSeries as number;
    if (this.#seriesCount > max)
      throw new RequestTooLarge(`more than ${max} series in one request; raise MAX_REQUEST_SERIES or send smaller requests`);
  }

  /** Counts a series' samples before they are read, taken or not, so that no request keeps the collector busy for long. */
  countSamples(samples: number): void {
    const { received } = this.#outcome;
    received.samples += samples;
    const max = this.#limits?.maxRequestSamples as number;
    if (received.samples + received.histograms + received.exemplars > max)
      throw new RequestTooLarge(`more than ${max} samples in one request; raise MAX_REQUEST_SAMPLES or send smaller requests`);
  }

  /** Counts a histogram or an exemplar before it is read, taken or not. @param series -1 for a refused one, which takes it along */
  countPacked(kind: PackedKind, series: number): void {
    const { received, refused } = this.#outcome;
    received[kind]++;
    if (series < 0) refused[kind]++;
    this.countSamples(0);
  }

  /** Counts what a label set of references takes once it is written out: a few bytes of a body may stand for kilobytes. */
  countLabelBytes(bytes: number): void {
    this.#labelBytes += bytes;
    if (this.#labelBytes > MAX_REQUEST_LABEL_BYTES)
      throw new RequestTooLarge(`label sets of one request take more than ${MAX_REQUEST_LABEL_BYTES} bytes; send smaller requests`);
  }

  sample(series: number, timeMs: number, low: number, high: number): void {
    if (timeMs < this.oldestMs || timeMs > this.newestMs) {
      this.refuseSamples(this.#timeRefusal(timeMs), 1);
      return;
    }
    const row = this.#rows;
    if (row === this.#series.length) this.#grow();
    this.#series[row] = series;
    this.#timesMs[row] = timeMs;
    this.#bits[2 * row] = low;
    this.#bits[2 * row + 1] = high;
    this.#rows = row + 1;
  }

  /** Takes rows that are known to be of an allowed time, and counts them. */
  samples(series: Uint32Array, timesMs: Float64Array, bits: Uint32Array): void {
    this.countSamples(series.length);
    while (this.#rows + series.length > this.#series.length) this.#grow();
    this.#series.set(series, this.#rows);
    this.#timesMs.set(timesMs, this.#rows);
    this.#bits.set(bits, 2 * this.#rows);
    this.#rows += series.length;
  }

  get maxHistogramBuckets(): number {
    return this.#limits?.maxHistogramBuckets as number;
  }

  /** Takes a histogram or an exemplar. @param content as histogram-content.ts or exemplar.ts makes it; it is copied */
  packed(kind: PackedKind, series: number, timeMs: number, content: Uint8Array): void {
    if (timeMs < this.oldestMs || timeMs > this.newestMs) {
      this.refusePacked(kind, this.#timeRefusal(timeMs));
      return;
    }
    this.#packedBytes += content.length;
    if (this.#packedBytes > MAX_REQUEST_PACKED_BYTES)
      throw new RequestTooLarge(
        `histograms and exemplars of one request take more than ${MAX_REQUEST_PACKED_BYTES} bytes; send smaller requests`,
      );
    this.#packed[kind] ??= new PackedRows();
    this.#packed[kind].push(series, timeMs, content);
  }

  refusePacked(kind: PackedKind, reason: string): void {
    this.#outcome.refused[kind]++;
    this.#refuse(reason);
  }

  /** A refused series takes its samples along; it counts as a refusal even when it has none. */
  refuseSamples(reason: string, samples: number): void {
    this.#outcome.refused.samples += samples;
    this.#refuse(reason);
  }

  finish(table: SeriesTable): Batch {
    const rows = this.#rows;
    const [series, timesMs, bits] = [this.#series, this.#timesMs, this.#bits];
    if (rows > 0) this.#use(this.#free.pop() ?? emptyColumns(FIRST_ROWS));
    return {
      table,
      rows,
      series: series.subarray(0, rows),
      timesMs: timesMs.subarray(0, rows),
      bits: bits.subarray(0, 2 * rows),
      packed: this.#packed,
      outcome: this.#outcome,
    };
  }

  /** Takes back the columns of a batch that nothing reads any more. Once a batch: two requests would share them else. */
  recycle({ rows, series, timesMs, bits }: Batch): void {
    const held = series.buffer.byteLength / 4;
    if (rows === 0 || held > MAX_KEPT_ROWS || this.#free.length >= MAX_FREE) return;
    this.#free.push({
      series: new Uint32Array(series.buffer as ArrayBuffer),
      timesMs: new Float64Array(timesMs.buffer as ArrayBuffer),
      bits: new Uint32Array(bits.buffer as ArrayBuffer),
    });
  }

  #use({ series, timesMs, bits }: Columns): void {
    [this.#series, this.#timesMs, this.#bits] = [series, timesMs, bits];
  }

  #refuse(reason: string): void {
    const { refusals } = this.#outcome;
    refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
  }

  #timeRefusal(timeMs: number): string {
    return timeMs < this.oldestMs ? 'sample too old (MAX_SAMPLE_AGE_MS)' : 'sample too far in the future (MAX_SAMPLE_FUTURE_MS)';
  }

  #grow(): void {
    const larger = emptyColumns(this.#series.length * 2);
    larger.series.set(this.#series);
    larger.timesMs.set(this.#timesMs);
    larger.bits.set(this.#bits);
    this.#use(larger);
  }
}

function emptyColumns(rows: number): Columns {
  return { series: new Uint32Array(rows), timesMs: new Float64Array(rows), bits: new Uint32Array(2 * rows) };
}

function emptyOutcome(): Outcome {
  const none: Counts = { samples: 0, histograms: 0, exemplars: 0 };
  return { received: { ...none }, refused: { ...none }, refusals: new Map() };
}
