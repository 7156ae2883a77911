import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { z } from 'zod';

/** An object that a shipper says it has stored. `uploadedMs` is by the shipper's clock. */
export type Shipment = { key: string; bytes: number; sha256: string; uploadedMs: number; shipperId: string };

const rows = z.array(
  z.object({
    key: z.string(),
    bytes: z.coerce.number(),
    sha256: z.string(),
    uploaded_at: z.union([z.date().transform(Number), z.coerce.number()]),
    shipper_id: z.string(),
  }),
);

const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

/**
 * Reads a `shipments` file, also one that its shipper has compressed (its setting COMPRESS).
 * @throws Error when it is none
 */
export async function readManifest(bytes: Uint8Array): Promise<Shipment[]> {
  const file = new Uint8Array(unpack(bytes)).buffer;
  const columns = ['key', 'bytes', 'sha256', 'uploaded_at', 'shipper_id'];
  const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) };
  const read = rows.parse(await parquetReadObjects({ file, columns, compressors }));
  return read.map(({ key, bytes, sha256, uploaded_at, shipper_id }) => ({
    key,
    bytes,
    sha256,
    uploadedMs: uploaded_at,
    shipperId: shipper_id,
  }));
}

function unpack(bytes: Uint8Array): Uint8Array {
  const magic = Buffer.from(bytes.subarray(0, 4)).toString('hex');
  if (magic === '28b52ffd') return zstdDecompressSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES });
  return magic.startsWith('1f8b') ? gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES }) : bytes;
}
