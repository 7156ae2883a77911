import type { Batch, BatchBuilder } from './batch.ts';
import type { IngestLimits } from './limits.ts';
import type { SeriesTable } from './series-table.ts';
import { blockHead, decompressBlock } from './snappy-block.ts';
import type { WasmKernel } from './wasm/kernel.ts';
import { decodeWriteV1 } from './write-v1.ts';
import { decodeWriteV2 } from './write-v2.ts';

/** Which remote write message a body holds. */
export type WriteVersion = 1 | 2;

const DECODERS = { 1: decodeWriteV1, 2: decodeWriteV2 } as const;

/**
 * Turns a request's body into rows. It has no effect but new entries in the table and depends on its arguments alone, so that a
 * replay of the log finds what was found before.
 * @throws MalformedBody or RequestTooLarge; then nothing of the request counts
 */
export function decodeRequest(
  body: Buffer,
  version: WriteVersion,
  context: { table: SeriesTable; builder: BatchBuilder; limits: IngestLimits; receivedAtMs: number; maxDecodedBytes: number },
): Batch {
  const { table, builder, limits, receivedAtMs, maxDecodedBytes } = context;
  builder.start(limits, receivedAtMs);
  const { kernel } = version === 1 ? table.v1 : table.v2;
  const message = kernel && decompressInto(kernel, body, maxDecodedBytes);
  if (message) DECODERS[version](message, table, builder, kernel);
  else DECODERS[version](decompressBlock(body, maxDecodedBytes), table, builder);
  return builder.finish(table);
}

function decompressInto(kernel: WasmKernel, body: Buffer, maxDecodedBytes: number): Buffer | undefined {
  const { from, bytes } = blockHead(body, maxDecodedBytes);
  return kernel.decompress(body, from, bytes);
}
