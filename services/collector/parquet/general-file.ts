import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { snappy } from './compression.ts';

export type GeneralColumn = { name: string } & (
  | { type: 'text'; values: string[] }
  | { type: 'micros'; values: bigint[] }
  | { type: 'map'; values: Map<string, string>[] }
);

const SCHEMAS: Record<GeneralColumn['type'], (name: string) => SchemaElement[]> = {
  text: (name) => [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' }],
  micros: (name) => [
    {
      name,
      type: 'INT64',
      repetition_type: 'REQUIRED',
      converted_type: 'TIMESTAMP_MICROS',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
    },
  ],
  map: (name) => [
    { name, repetition_type: 'REQUIRED', converted_type: 'MAP', num_children: 1 },
    { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
    { name: 'key', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
    { name: 'value', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  ],
};

/** Writes whole columns by the library's general path: for shapes that our own encoders do not make, where speed does not matter. */
export async function writeGeneralParquet(columns: readonly GeneralColumn[], sink: ByteSink): Promise<void> {
  const writer = new ByteWriter();
  parquetWrite({
    writer,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(({ name, type }) => SCHEMAS[type](name))],
    columnData: columns.map(({ name, values }) => ({ name, data: values })),
    codec: 'SNAPPY',
    compressors: { SNAPPY: snappy.compress },
    rowGroupSize: 100_000,
    createdBy: 'tallyship',
  });
  await sink(writer.getBytes());
}
