import { compressSync } from 'snappy';
import { RequestTooLarge } from './limits.ts';
import { MalformedBody } from './wire.ts';

// A 3-byte copy element makes at most 64 bytes, so no valid block grows more than 21.4 times (snappy format description).
const MAX_GROWTH = 22;

/** Bodies up to this size share one buffer; a larger one gets its own, so that it does not stay. */
const SHARED_BYTES = 8 * 1024 * 1024;
/** Above this a call of the runtime is cheaper than a loop. */
const LONG = 64;
/** Literals up to this length are copied as two words. */
const SHORT = 16;

// Kinds of elements.
const LITERAL = 0;
const COPY_1 = 1;
const COPY_2 = 2;

let shared = Buffer.allocUnsafe(256 * 1024);

/**
 * Decompresses a snappy block (format description of snappy, "raw" format). The length that it claims is checked before anything is
 * allocated, and each element against both buffers before it is read or written.
 * @returns the bytes; they hold until the next call
 * @throws RequestTooLarge over maxDecodedBytes; MalformedBody for anything that is not one whole block
 */
export function decompressBlock(block: Buffer, maxDecodedBytes: number): Buffer {
  const { from, bytes } = blockHead(block, maxDecodedBytes);
  const output = outputOf(bytes);
  decodeElements(block, from, output);
  return output;
}

/**
 * @returns where the elements of a block begin and what they claim to become
 * @throws as `decompressBlock`, for a claim that cannot be true or is not allowed
 */
export function blockHead(block: Buffer, maxDecodedBytes: number): { from: number; bytes: number } {
  const claimed = claimedLength(block);
  if (claimed > maxDecodedBytes) {
    throw new RequestTooLarge(
      `body decodes to ${claimed} bytes, limit ${maxDecodedBytes}; raise MAX_DECODED_BYTES or send smaller requests`,
    );
  }
  if (claimed > MAX_GROWTH * block.length) throw new MalformedBody(`snappy block of ${block.length} bytes claims ${claimed}`);
  return { from: preambleBytes(block), bytes: claimed };
}

function outputOf(bytes: number): Buffer {
  if (bytes > SHARED_BYTES) return Buffer.allocUnsafeSlow(bytes);
  if (bytes > shared.length) shared = Buffer.allocUnsafeSlow(Math.min(SHARED_BYTES, bytes * 2));
  return shared.subarray(0, bytes);
}

function decodeElements(block: Buffer, start: number, output: Buffer): void {
  const end = block.length;
  const size = output.length;
  const blockView = new DataView(block.buffer, block.byteOffset, end);
  const outputView = new DataView(output.buffer, output.byteOffset, size);
  let at = start;
  let to = 0;
  while (at < end) {
    const tag = block[at++] as number;
    const kind = tag & 3;
    if (kind === LITERAL) {
      let length = (tag >>> 2) + 1;
      // Whole words may write past a literal, where the next element follows, but never past a buffer.
      if (length <= SHORT && end - at >= SHORT && size - to >= SHORT) {
        outputView.setBigUint64(to, blockView.getBigUint64(at));
        outputView.setBigUint64(to + 8, blockView.getBigUint64(at + 8));
        at += length;
        to += length;
        continue;
      }
      if (length > 60) {
        const extra = length - 60;
        if (extra > end - at) throw new MalformedBody('snappy block ends inside a literal length');
        length = 1;
        for (let i = 0; i < extra; i++) length += (block[at + i] as number) * 2 ** (8 * i);
        at += extra;
      }
      if (length > end - at || length > size - to) throw new MalformedBody('snappy literal passes the end of the block');
      if (length > LONG) block.copy(output, to, at, at + length);
      else {
        let i = 0;
        const wordsEnd = Math.min(length, size - to, end - at) - 7;
        for (; i < wordsEnd; i += 8) outputView.setBigUint64(to + i, blockView.getBigUint64(at + i));
        for (; i < length; i++) output[to + i] = block[at + i] as number;
      }
      at += length;
      to += length;
      continue;
    }
    const offsetBytes = kind === COPY_1 ? 1 : kind === COPY_2 ? 2 : 4;
    if (offsetBytes > end - at) throw new MalformedBody('snappy block ends inside a copy');
    let length = (tag >>> 2) + 1;
    let offset = block[at] as number;
    if (kind === COPY_2) {
      offset |= (block[at + 1] as number) << 8;
      at += 2;
      // A long match is a row of copies with one offset, 64 or 60 bytes each: one copy of all of them is far cheaper.
      if (length >= 60) {
        while (end - at >= 3 && ((block[at] as number) & 3) === COPY_2 && blockView.getUint16(at + 1, true) === offset) {
          length += ((block[at] as number) >>> 2) + 1;
          at += 3;
        }
      }
    } else if (kind === COPY_1) {
      length = ((tag >>> 2) & 7) + 4;
      offset |= (tag >>> 5) << 8;
      at++;
    } else {
      offset = blockView.getUint32(at, true);
      at += 4;
    }
    if (offset === 0 || offset > to || length > size - to) throw new MalformedBody('snappy copy passes the ends of the block');
    const from = to - offset;
    if (length > LONG && offset >= length) output.copyWithin(to, from, from + length);
    else {
      // A copy may read what it has just written: whole words do as long as each lies behind the one that it makes.
      let i = 0;
      const wordsEnd = offset < 8 ? 0 : Math.min(length, size - to - 7);
      for (; i < wordsEnd; i += 8) outputView.setBigUint64(to + i, outputView.getBigUint64(from + i));
      for (; i < length; i++) output[to + i] = output[from + i] as number;
    }
    to += length;
  }
  if (to !== size) throw new MalformedBody('snappy block is shorter than it claims');
}

/** Where the elements begin. The preamble may be longer than it needs to be: its last byte is the first without the high bit. */
function preambleBytes(block: Buffer): number {
  let at = 0;
  while ((block[at] as number) >= 0x80) at++;
  return at + 1;
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
