import type { Column, ColumnType, ListType, ScalarType } from '@tallyship/shared/contracts/columns';
import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import type { CompressionCodec, RowGroup, SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { ColumnChunk, type Statistic } from './column-chunk.ts';

/** How the pages of a file are compressed. What is compressed must not change until it is done. */
export type Compression = { codec: CompressionCodec; compress: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array> };

/** One column's values of a row group, or of a part of it, encoded as one data page and perhaps a dictionary. */
export type EncodedColumn = {
  encoding: 'PLAIN' | 'RLE_DICTIONARY' | 'DELTA_BINARY_PACKED' | 'BYTE_STREAM_SPLIT';
  values: Uint8Array;
  /** RLE runs of 0 and 1; absent for a required column. */
  definitionLevels?: Uint8Array | undefined;
  /** RLE runs, 0 where a row begins; absent where every row has one entry. */
  repetitionLevels?: Uint8Array | undefined;
  /** Rows of a page that is a part of its column; elements of lists, empty lists counted as one; absent where it is the rows of the row group. */
  entries?: number;
  nulls: number;
  dictionary?: { bytes: Uint8Array; count: number } | undefined;
  min: Statistic | undefined;
  max: Statistic | undefined;
  /** Called once the bytes are written: nothing reads them any more. */
  release?: () => void;
};

const PHYSICAL: Record<ScalarType, Pick<SchemaElement, 'type' | 'converted_type' | 'logical_type'>> = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  int: { type: 'INT32' },
  long: { type: 'INT64' },
  timestamp: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  },
  double: { type: 'DOUBLE' },
};
const ELEMENT: Record<ListType, ScalarType> = { 'int[]': 'int', 'double[]': 'double' };

/**
 * Writes a Parquet file from columns that are already encoded: hyparquet-writer makes the headers and the footer, the pages are
 * ours. Pages go to the sink as they come.
 */
export class ParquetFile {
  readonly #columns: readonly Column[];
  readonly #sink: ByteSink;
  readonly #bytes = new ByteWriter(1 << 16);
  /** Of columns that wait for their turn, by place. Used again: each grows to megabytes. */
  readonly #waiting: ByteWriter[] = [];
  readonly #file: ParquetWriter;
  readonly #compression: Compression;
  #group: RowGroup | undefined;

  constructor(columns: readonly Column[], sink: ByteSink, compression: Compression) {
    this.#columns = columns;
    this.#sink = sink;
    this.#compression = compression;
    this.#file = new ParquetWriter({ writer: this.#bytes, schema: schemaOf(columns), codec: compression.codec, createdBy: 'tallyship' });
  }

  startRowGroup(rows: number): void {
    this.#group = { columns: [], total_byte_size: 0n, num_rows: BigInt(rows), total_compressed_size: 0n };
  }

  /** Adds the next column of the contract to the row group that was started last. */
  writeColumn(encoded: EncodedColumn): Promise<void> {
    return this.writePages([[encoded]]);
  }

  /**
   * Adds the next columns page by page: rows that are read once make a page of each. The pages of the first column go to the sink as they come, those
   * of the others are held compressed until their turn. A dictionary can come with a column's first page alone.
   */
  async writePages(pages: Iterable<EncodedColumn[]> | AsyncIterable<EncodedColumn[]>): Promise<void> {
    const chunks: ColumnChunk[] = [];
    for await (const page of pages) {
      for (const [at, encoded] of page.entries()) {
        chunks[at] ??= new ColumnChunk(at === 0 ? this.#bytes : this.#waitingAt(at));
        await this.#writePage(chunks[at], encoded);
        encoded.release?.();
      }
      await this.#flush();
    }
    for (const [at, chunk] of chunks.entries()) {
      if (at > 0) chunk.moveTo(this.#bytes);
      this.#addToGroup(chunk);
      await this.#flush();
    }
  }

  #waitingAt(at: number): ByteWriter {
    this.#waiting[at] ??= new ByteWriter();
    this.#waiting[at].index = 0;
    return this.#waiting[at];
  }

  async #writePage(chunk: ColumnChunk, page: EncodedColumn): Promise<void> {
    const rows = Number((this.#group as RowGroup).num_rows);
    const entries = page.entries ?? rows;
    const { compress } = this.#compression;
    if (page.dictionary) chunk.addDictionary(dictionaryPage(chunk.writer, page.dictionary, await compress(page.dictionary.bytes)));
    // Lists are one page: it has all rows.
    const size = { entries, rows: page.repetitionLevels ? rows : entries };
    chunk.addPage(page, entries, dataPage(chunk.writer, page, size, await compress(page.values)));
  }

  #addToGroup(chunk: ColumnChunk): void {
    const group = this.#group as RowGroup;
    const { name, type } = this.#columns[group.columns.length] as Column;
    const meta = {
      type: PHYSICAL[elementOf(type) ?? (type as ScalarType)].type as 'INT32',
      path_in_schema: elementOf(type) ? [name, 'list', 'element'] : [name],
      codec: this.#compression.codec,
      ...chunk.summary(),
    };
    group.columns.push({ file_offset: BigInt(chunk.start), meta_data: meta });
    group.total_byte_size += meta.total_uncompressed_size;
    group.total_compressed_size = (group.total_compressed_size ?? 0n) + meta.total_compressed_size;
    if (group.columns.length < this.#columns.length) return;
    this.#file.row_groups.push(group);
    this.#file.num_rows += group.num_rows;
  }

  async finish(): Promise<void> {
    this.#file.finish();
    await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#bytes.index === 0) return;
    // The writer's buffer is filled again right after, so the sink gets it for the time of the call only.
    await this.#sink(this.#bytes.getBytes());
    this.#bytes.index = 0;
  }
}

/** @returns bytes it would take without compression */
function dictionaryPage(to: ByteWriter, { bytes, count }: { bytes: Uint8Array; count: number }, compressed: Uint8Array): number {
  const start = to.offset;
  writePageHeader(to, {
    type: 'DICTIONARY_PAGE',
    uncompressed_page_size: bytes.length,
    compressed_page_size: compressed.length,
    dictionary_page_header: { num_values: count, encoding: 'PLAIN' },
  });
  const headerBytes = to.offset - start;
  to.appendBytes(compressed);
  return headerBytes + bytes.length;
}

/** @returns bytes it would take without compression */
function dataPage(to: ByteWriter, page: EncodedColumn, size: { entries: number; rows: number }, compressed: Uint8Array): number {
  const { values, definitionLevels, repetitionLevels, encoding, nulls } = page;
  const start = to.offset;
  const [repetitionBytes, definitionBytes] = [repetitionLevels?.length ?? 0, definitionLevels?.length ?? 0];
  const levelBytes = repetitionBytes + definitionBytes;
  writePageHeader(to, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: levelBytes + values.length,
    compressed_page_size: levelBytes + compressed.length,
    data_page_header_v2: {
      num_values: size.entries,
      num_nulls: nulls,
      num_rows: size.rows,
      encoding,
      definition_levels_byte_length: definitionBytes,
      repetition_levels_byte_length: repetitionBytes,
      is_compressed: true,
    },
  });
  const headerBytes = to.offset - start;
  if (repetitionLevels) to.appendBytes(repetitionLevels);
  if (definitionLevels) to.appendBytes(definitionLevels);
  to.appendBytes(compressed);
  return headerBytes + levelBytes + values.length;
}

function schemaOf(columns: readonly Column[]): SchemaElement[] {
  return [{ name: 'root', num_children: columns.length }, ...columns.flatMap(elementsOf)];
}

function elementsOf({ name, type, isNullable }: Column): SchemaElement[] {
  const element = elementOf(type);
  if (!element) return [{ ...PHYSICAL[type as ScalarType], name, repetition_type: isNullable ? 'OPTIONAL' : 'REQUIRED' }];
  return [
    { name, repetition_type: 'REQUIRED', converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { ...PHYSICAL[element], name: 'element', repetition_type: 'REQUIRED' },
  ];
}

function elementOf(type: ColumnType): ScalarType | undefined {
  return ELEMENT[type as ListType];
}
