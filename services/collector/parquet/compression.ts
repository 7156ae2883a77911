import { constants as zlib, zstdCompressSync } from 'node:zlib';
import { compressBlock } from '../decode/snappy-block.ts';
import type { Compression } from './parquet-file.ts';

/**
 * What every reader of the lake takes, at the level of the settings. With a checksum of four bytes a page, which every decompressor verifies: without
 * it most damage of a file would be read as other values.
 */
export function zstd(level: number): Compression {
  const params = { [zlib.ZSTD_c_compressionLevel]: level, [zlib.ZSTD_c_checksumFlag]: 1 };
  return { codec: 'ZSTD', compress: (bytes) => zstdCompressSync(bytes, { params }) };
}

/** What CloudZero's own files are compressed with, and the lake's by setting. */
export const snappy: Compression = { codec: 'SNAPPY', compress: compressBlock };
