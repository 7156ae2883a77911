import type { Column, ColumnType, ListType, ScalarType } from '@tallyship/shared/contracts/columns';
import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import type { CompressionCodec, RowGroup, SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';

export type Statistic = string | number | bigint;

/** How the pages of a file are compressed. */
export type Compression = { codec: CompressionCodec; compress: (bytes: Uint8Array) => Uint8Array };

/** One column's values of one row group, encoded as one data page and perhaps a dictionary. */
export type EncodedColumn = {
  encoding: 'PLAIN' | 'RLE_DICTIONARY' | 'DELTA_BINARY_PACKED' | 'BYTE_STREAM_SPLIT';
  values: Uint8Array;
  /** RLE runs of 0 and 1; absent for a required column. */
  definitionLevels?: Uint8Array | undefined;
  /** RLE runs, 0 where a row begins; absent where every row has one entry. */
  repetitionLevels?: Uint8Array | undefined;
  /** Elements of lists, empty lists counted as one; absent where it is the rows. */
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
 * ours. Holds one column of one row group at a time; every column goes to the sink as it comes.
 */
export class ParquetFile {
  readonly #columns: readonly Column[];
  readonly #sink: ByteSink;
  readonly #bytes = new ByteWriter(1 << 16);
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
  async writeColumn(encoded: EncodedColumn): Promise<void> {
    const group = this.#group as RowGroup;
    const column = this.#columns[group.columns.length] as Column;
    const start = this.#bytes.offset;
    let uncompressed = 0;
    if (encoded.dictionary) uncompressed += this.#dictionaryPage(encoded.dictionary);
    const dataAt = this.#bytes.offset;
    uncompressed += this.#dataPage(encoded, Number(group.num_rows));
    const compressed = this.#bytes.offset - start;
    group.columns.push({
      file_offset: BigInt(start),
      meta_data: {
        type: PHYSICAL[elementOf(column.type) ?? (column.type as ScalarType)].type as 'INT32',
        encodings: encoded.dictionary ? ['PLAIN', 'RLE', encoded.encoding] : ['RLE', encoded.encoding],
        path_in_schema: elementOf(column.type) ? [column.name, 'list', 'element'] : [column.name],
        codec: this.#compression.codec,
        num_values: BigInt(encoded.entries ?? group.num_rows),
        total_compressed_size: BigInt(compressed),
        total_uncompressed_size: BigInt(uncompressed),
        data_page_offset: BigInt(dataAt),
        ...(encoded.dictionary && { dictionary_page_offset: BigInt(start) }),
        statistics: statisticsOf(encoded),
      },
    });
    group.total_byte_size += BigInt(uncompressed);
    group.total_compressed_size = (group.total_compressed_size ?? 0n) + BigInt(compressed);
    await this.#flush();
    encoded.release?.();
    if (group.columns.length === this.#columns.length) {
      this.#file.row_groups.push(group);
      this.#file.num_rows += group.num_rows;
    }
  }

  async finish(): Promise<void> {
    this.#file.finish();
    await this.#flush();
  }

  #dictionaryPage({ bytes, count }: { bytes: Uint8Array; count: number }): number {
    const start = this.#bytes.offset;
    const compressed = this.#compression.compress(bytes);
    writePageHeader(this.#bytes, {
      type: 'DICTIONARY_PAGE',
      uncompressed_page_size: bytes.length,
      compressed_page_size: compressed.length,
      dictionary_page_header: { num_values: count, encoding: 'PLAIN' },
    });
    const headerBytes = this.#bytes.offset - start;
    this.#bytes.appendBytes(compressed);
    return headerBytes + bytes.length;
  }

  #dataPage(column: EncodedColumn, rows: number): number {
    const { values, definitionLevels, repetitionLevels, entries = rows, encoding, nulls } = column;
    const start = this.#bytes.offset;
    const compressed = this.#compression.compress(values);
    const [repetitionBytes, definitionBytes] = [repetitionLevels?.length ?? 0, definitionLevels?.length ?? 0];
    const levelBytes = repetitionBytes + definitionBytes;
    writePageHeader(this.#bytes, {
      type: 'DATA_PAGE_V2',
      uncompressed_page_size: levelBytes + values.length,
      compressed_page_size: levelBytes + compressed.length,
      data_page_header_v2: {
        num_values: entries,
        num_nulls: nulls,
        num_rows: rows,
        encoding,
        definition_levels_byte_length: definitionBytes,
        repetition_levels_byte_length: repetitionBytes,
        is_compressed: true,
      },
    });
    const headerBytes = this.#bytes.offset - start;
    if (repetitionLevels) this.#bytes.appendBytes(repetitionLevels);
    if (definitionLevels) this.#bytes.appendBytes(definitionLevels);
    this.#bytes.appendBytes(compressed);
    return headerBytes + levelBytes + values.length;
  }

  async #flush(): Promise<void> {
    if (this.#bytes.index === 0) return;
    // The writer's buffer is filled again right after, so the sink gets it for the time of the call only.
    await this.#sink(this.#bytes.getBytes());
    this.#bytes.index = 0;
  }
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

function statisticsOf({ min, max, nulls }: EncodedColumn) {
  const bounds = min !== undefined && max !== undefined ? { min_value: min, max_value: max } : {};
  return { ...bounds, null_count: BigInt(nulls) };
}
