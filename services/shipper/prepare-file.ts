import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { parquetMetadataAsync } from 'hyparquet';
import type { Payload } from './put-file.ts';

export const COMPRESSIONS = ['none', 'zstd', 'gzip'] as const;
export type Compression = (typeof COMPRESSIONS)[number];
/** What is sent for a file, and how many rows the file has; undefined when it is not readable as Parquet. */
export type Prepared = { payload: Payload; rows: number | undefined };

/**
 * Reads a file once for its digests and its footer for its rows. With compression the compressed bytes go to `packedPath` and are what is
 * sent, so that length and digests are known ahead of the upload.
 * @throws Error of the file system
 */
export async function prepareFile(path: string, compression: Compression, packedPath: string): Promise<Prepared> {
  const rows = await rowsOf(path);
  if (compression === 'none') return { payload: { path, ...(await digestOf(path)) }, rows };
  await mkdir(dirname(packedPath), { recursive: true });
  await pipeline(createReadStream(path), compression === 'gzip' ? createGzip() : createZstdCompress(), createWriteStream(packedPath));
  return { payload: { path: packedPath, ...(await digestOf(packedPath)) }, rows };
}

async function digestOf(path: string): Promise<Omit<Payload, 'path'>> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    sha256.update(chunk);
    md5.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: sha256.digest(), md5: md5.digest() };
}

async function rowsOf(path: string): Promise<number | undefined> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const slice = async (start: number, end = size) => {
      const bytes = new Uint8Array(end - start);
      await file.read(bytes, 0, bytes.length, start);
      return bytes.buffer;
    };
    return Number((await parquetMetadataAsync({ byteLength: size, slice }, { initialFetchSize: 32 * 1024 })).num_rows);
  } catch {
    // Not our place to judge a file: it is shipped as it is, and the manifest says that its rows are not known.
    return undefined;
  } finally {
    await file.close();
  }
}
