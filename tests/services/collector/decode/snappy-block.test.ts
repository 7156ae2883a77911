import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compressSync, uncompressSync } from 'snappy';
import { blockHead, decompressBlock } from '../../../../services/collector/decode/snappy-block.ts';
import { WasmKernel } from '../../../../services/collector/decode/wasm/kernel.ts';
import { MalformedBody } from '../../../../services/collector/decode/wire.ts';

const LIMIT = 1024 * 1024;

/** The format description, read literally: one byte after the other. @returns undefined for what is not one whole block */
function modelOf(block: Buffer): Buffer | undefined {
  let [at, claimed, shift] = [0, 0, 1];
  for (let byte = 0x80; byte >= 0x80; shift *= 128) {
    if (at === block.length || at === 5) return undefined;
    byte = block[at++] as number;
    claimed += (byte & 0x7f) * shift;
  }
  const out: number[] = [];
  const read = (count: number) => {
    if (at + count > block.length) throw new RangeError();
    at += count;
    return count === 0 ? 0 : block.readUIntLE(at - count, count);
  };
  try {
    while (at < block.length) {
      const tag = read(1);
      if (tag % 4 === 0) {
        const length = 1 + (tag >> 2 < 60 ? tag >> 2 : read((tag >> 2) - 59));
        if (at + length > block.length || out.length + length > claimed) return undefined;
        for (let i = 0; i < length; i++) out.push(read(1));
        continue;
      }
      const length = tag % 4 === 1 ? 4 + ((tag >> 2) % 8) : 1 + (tag >> 2);
      const offset = tag % 4 === 1 ? (tag >> 5) * 256 + read(1) : read(tag % 4 === 2 ? 2 : 4);
      if (offset === 0 || offset > out.length || out.length + length > claimed) return undefined;
      for (let i = 0; i < length; i++) out.push(out[out.length - offset] as number);
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return out.length === claimed ? Buffer.from(out) : undefined;
}

const kernel = new WasmKernel(1);

/** What both kernels make of a block. */
function ours(block: Buffer): Buffer | undefined {
  try {
    const { from, bytes } = blockHead(block, LIMIT);
    const fast = kernel.decompress(block, from, bytes);
    const copy = fast && Buffer.from(fast);
    const slow = attempt(block);
    assert.deepEqual(copy, slow);
    return slow;
  } catch (error) {
    if (error instanceof MalformedBody) return undefined;
    throw error;
  }
}

function attempt(block: Buffer): Buffer | undefined {
  try {
    return Buffer.from(decompressBlock(block, LIMIT));
  } catch (error) {
    if (error instanceof MalformedBody) return undefined;
    throw error;
  }
}

const byte = fc.integer({ min: 0, max: 255 });
const literal = fc.uint8Array({ minLength: 1, maxLength: 90 }).map((bytes) => {
  const size = bytes.length - 1;
  return { length: bytes.length, bytes: Buffer.from([...(size < 60 ? [size << 2] : [60 << 2, size]), ...bytes]) };
});
const offset = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 400 }));
const copy = fc.oneof(
  fc.record({ offset, length: fc.integer({ min: 4, max: 11 }) }).map((c) => ({
    length: c.length,
    bytes: Buffer.from([1 | ((c.length - 4) << 2) | ((c.offset >> 8) << 5), c.offset & 255]),
  })),
  // A row of copies with one offset: how a long match is written.
  fc.record({ offset, length: fc.constantFrom(1, 17, 60, 64), times: fc.integer({ min: 1, max: 6 }) }).map((c) => ({
    length: c.length * c.times,
    bytes: Buffer.concat(Array(c.times).fill(Buffer.from([2 | ((c.length - 1) << 2), c.offset & 255, c.offset >> 8]))),
  })),
  fc.record({ offset, length: fc.integer({ min: 1, max: 64 }) }).map((c) => ({
    length: c.length,
    bytes: Buffer.from([3 | ((c.length - 1) << 2), c.offset & 255, c.offset >> 8, 0, 0]),
  })),
);
const elements = fc.array(fc.oneof({ weight: 1, arbitrary: literal }, { weight: 2, arbitrary: copy }), { maxLength: 30 });
const preamble = (length: number) => {
  const bytes: number[] = [];
  let rest = length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
};

describe('a snappy block', () => {
  it('becomes what the format says, whatever its elements are', () => {
    fc.assert(
      fc.property(literal, elements, fc.constantFrom(0, 0, 0, 0, 1, -1), (first, rest, lie) => {
        const parts = [first, ...rest];
        const claimed = Math.max(0, parts.reduce((sum, { length }) => sum + length, 0) + lie);
        const block = Buffer.concat([preamble(claimed), ...parts.map(({ bytes }) => bytes)]);
        assert.deepEqual(ours(block), modelOf(block));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is refused or read as the format says when its bytes are damaged or cut', () => {
    fc.assert(
      fc.property(literal, elements, fc.nat(), byte, fc.nat(), (first, rest, at, value, cut) => {
        const parts = [first, ...rest];
        const whole = Buffer.concat([preamble(parts.reduce((sum, { length }) => sum + length, 0)), ...parts.map(({ bytes }) => bytes)]);
        whole[at % whole.length] = value;
        for (const block of [whole, whole.subarray(0, cut % whole.length)]) {
          const expected = modelOf(block);
          // A claim that no block can keep is refused before anything is read.
          if (expected !== undefined) assert.deepEqual(ours(block), expected);
          else assert.throws(() => decompressBlock(block, Number.POSITIVE_INFINITY), MalformedBody);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('of the library becomes what the library makes of it', () => {
    const word = fc.constantFrom('a', 'pod="web-1"', 'container="app"', 'x'.repeat(70), '\n', '\u{1f642}', 'namespace="shop",'.repeat(9));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 400 }), (words) => {
        const block = compressSync(Buffer.from(words.join('')));
        assert.deepEqual(ours(block), uncompressSync(block));
      }),
      { numRuns: 300 },
    );
  });
});
