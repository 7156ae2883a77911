import { compressSync, uncompressSync } from 'snappy';
import { RequestTooLarge } from './limits.ts';
import { MalformedBody } from './wire.ts';

// A 3-byte copy element makes at most 64 bytes, so no valid block grows more than 21.4 times (snappy format description).
const MAX_GROWTH = 22;

/**
 * Decompresses a snappy block. The length that it claims is checked before anything is allocated.
 * @throws RequestTooLarge over maxDecodedBytes; MalformedBody for anything that is not one whole block
 */
export function decompressBlock(block: Buffer, maxDecodedBytes: number): Buffer {
  const claimed = claimedLength(block);
  if (claimed > maxDecodedBytes) {
    throw new RequestTooLarge(
      `body decodes to ${claimed} bytes, limit ${maxDecodedBytes}; raise MAX_DECODED_BYTES or send smaller requests`,
    );
  }
  if (claimed > MAX_GROWTH * block.length) throw new MalformedBody(`snappy block of ${block.length} bytes claims ${claimed}`);
  try {
    const decoded = uncompressSync(block, { asBuffer: true, copyOutputData: true }) as Buffer;
    if (decoded.length === claimed) return decoded;
  } catch (cause) {
    throw new MalformedBody('body is not a snappy block', { cause });
  }
  throw new MalformedBody('snappy block is shorter than it claims');
}

/** The preamble: uncompressed length as a varint of at most 5 bytes and 32 bits. */
function claimedLength(block: Buffer): number {
  let length = 0;
  for (let i = 0; i < 5 && i < block.length; i++) {
    const byte = block[i] as number;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) {
      if (length >= 2 ** 32) break;
      return length;
    }
  }
  throw new MalformedBody('snappy block has no valid length');
}

/** Compresses into one block. */
export function compressBlock(bytes: Uint8Array): Uint8Array {
  return compressSync(bytes, { copyOutputData: true });
}
