import { promisify } from 'node:util';
import { constants as zlib, zstdCompress, zstdCompressSync } from 'node:zlib';
import { compressBlock } from '../decode/snappy-block.ts';
import type { Compression } from './parquet-file.ts';

/** Above this, requests would wait for it: a thread beside the event loop takes it. */
const MAX_SYNC_BYTES = 32 * 1024;

const compressBeside = promisify(zstdCompress);

/**
 * What every reader of the lake takes, at the level of the settings. With a checksum of four bytes a page, which every decompressor verifies: without
 * it most damage of a file would be read as other values.
 */
export function zstd(level: number): Compression {
  const params = { [zlib.ZSTD_c_compressionLevel]: level, [zlib.ZSTD_c_checksumFlag]: 1 };
  return {
    codec: 'ZSTD',
    compress: (bytes) =>
      bytes.length <= MAX_SYNC_BYTES
        ? // Room for all of it, so that it is done in one piece (zstd.h, ZSTD_compressBound).
          zstdCompressSync(bytes, { params, chunkSize: bytes.length + (bytes.length >> 8) + 1024 })
        : // Room for what is usual, more comes in pieces: some tens of megabytes a seal outside of the heap would make the engine collect all of it.
          compressBeside(bytes, { params, chunkSize: (bytes.length >> 2) + 1024 }),
  };
}

/** What CloudZero's own files are compressed with, and the lake's by setting. */
export const snappy = { codec: 'SNAPPY', compress: compressBlock } satisfies Compression;
