import { constants as zlib, zstdCompressSync } from 'node:zlib';
import { compressBlock } from '../decode/snappy-block.ts';
import type { Compression } from './parquet-file.ts';

/** What every reader of the lake takes, at the level of the settings. */
export function zstd(level: number): Compression {
  const params = { [zlib.ZSTD_c_compressionLevel]: level };
  return { codec: 'ZSTD', compress: (bytes) => zstdCompressSync(bytes, { params }) };
}

/** What CloudZero's own files are compressed with, and the lake's by setting. */
export const snappy: Compression = { codec: 'SNAPPY', compress: compressBlock };
