import type { ColumnMetaData, Encoding, Statistics } from 'hyparquet';
import type { ByteWriter } from 'hyparquet-writer';

export type Statistic = string | number | bigint;

/** What counts of a data page; `min` and `max` are absent where they are not known. */
type Page = { encoding: Encoding; nulls: number; min: Statistic | undefined; max: Statistic | undefined };

/** A column of a row group: where its pages are written, and what the footer says of them, added up page by page. */
export class ColumnChunk {
  writer: ByteWriter;
  /** Of the first page, in the writer's bytes. */
  start: number;
  #dictionaryBytes = 0;
  #uncompressedBytes = 0;
  readonly #encodings = new Set<Encoding>(['RLE']);
  #entries = 0;
  #nulls = 0;
  #min: Statistic | undefined;
  #max: Statistic | undefined;
  #hasBounds = true;

  constructor(writer: ByteWriter) {
    this.writer = writer;
    this.start = writer.offset;
  }

  /** Called behind a dictionary page. */
  addDictionary(uncompressedBytes: number): void {
    this.#dictionaryBytes = this.writer.offset - this.start;
    this.#uncompressedBytes += uncompressedBytes;
    this.#encodings.add('PLAIN');
  }

  /**
   * Called behind a data page.
   * @param entries its values and NULLs
   */
  addPage({ encoding, nulls, min, max }: Page, entries: number, uncompressedBytes: number): void {
    this.#uncompressedBytes += uncompressedBytes;
    this.#encodings.add(encoding);
    this.#entries += entries;
    this.#nulls += nulls;
    if (nulls === entries) return;
    // A page of which nothing is known leaves nothing known of all of them.
    if (min === undefined || max === undefined) this.#hasBounds = false;
    else {
      if (this.#min === undefined || min < this.#min) this.#min = min;
      if (this.#max === undefined || max > this.#max) this.#max = max;
    }
  }

  /** Appends what was written so far to another writer, and goes on there. */
  moveTo(writer: ByteWriter): void {
    const start = writer.offset;
    writer.appendBytes(this.writer.getBytes());
    [this.writer, this.start] = [writer, start];
  }

  /** As the metadata of a column chunk has it; called behind the last page. */
  summary() {
    const dataAt = this.start + this.#dictionaryBytes;
    const bounds = this.#hasBounds && this.#min !== undefined ? { min_value: this.#min, max_value: this.#max } : {};
    return {
      encodings: [...this.#encodings],
      num_values: BigInt(this.#entries),
      total_compressed_size: BigInt(this.writer.offset - this.start),
      total_uncompressed_size: BigInt(this.#uncompressedBytes),
      data_page_offset: BigInt(dataAt),
      ...(this.#dictionaryBytes > 0 && { dictionary_page_offset: BigInt(this.start) }),
      statistics: { ...bounds, null_count: BigInt(this.#nulls) } as Statistics,
    } satisfies Partial<ColumnMetaData>;
  }
}
