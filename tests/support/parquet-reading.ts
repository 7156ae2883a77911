import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { parquetReadObjects } from 'hyparquet';

/** The bytes of one Parquet file in the hands of two readers that know nothing of who wrote it. */
export type ParquetReading = {
  /** @param sql over the tables `file`, with `file_row_number`, and `groups`, the footer's row groups by column */
  query(sql: string): Promise<unknown[][]>;
  objects(): Promise<Record<string, unknown>[]>;
};

export async function readingParquet<T>(bytes: Uint8Array, read: (reading: ParquetReading) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-parquet-'));
  const path = join(dir, 'file.parquet');
  writeFileSync(path, bytes);
  const connection = await connect();
  try {
    await connection.run(`CREATE OR REPLACE VIEW file AS SELECT * FROM read_parquet('${path}', file_row_number = true)`);
    await connection.run(`CREATE OR REPLACE VIEW groups AS SELECT * FROM parquet_metadata('${path}')`);
    return await read({
      query: async (sql) => (await connection.runAndReadAll(sql)).getRows(),
      objects: () =>
        parquetReadObjects({
          file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
          compressors: { ZSTD: unzstd },
        }),
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

let opened: Promise<DuckDBConnection> | undefined;

/** One engine for all files of a process: it costs more to start than a file to read. */
function connect(): Promise<DuckDBConnection> {
  opened ??= DuckDBInstance.create(':memory:', { threads: '1' }).then((instance) => instance.connect());
  return opened;
}

const unzstd = (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input));
