import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';

/** Compressed bytes of the files of a table by what their columns hold. */
export type ColumnBytes = { labels: number; ids: number; times: number; values: number };

const KINDS: Record<string, keyof ColumnBytes> = { series: 'ids', series_id: 'ids', ts: 'times', value: 'values' };

export function columnBytes(tableDir: string): ColumnBytes {
  const bytes: ColumnBytes = { labels: 0, ids: 0, times: 0, values: 0 };
  for (const path of readdirSync(tableDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'))) {
    const file = readFileSync(join(tableDir, path));
    const { row_groups: groups } = parquetMetadata(file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer);
    for (const { meta_data: column } of groups.flatMap(({ columns }) => columns)) {
      if (column) bytes[KINDS[column.path_in_schema[0] as string] ?? 'labels'] += Number(column.total_compressed_size);
    }
  }
  return bytes;
}
