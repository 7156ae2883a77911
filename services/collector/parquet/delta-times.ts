import { Bytes } from './bytes.ts';
import type { EncodedColumn } from './parquet-file.ts';

const BLOCK = 128;
const MINIBLOCKS = 4;
const MINIBLOCK = BLOCK / MINIBLOCKS;
const SHORT_BITS = 25;

/**
 * Times as DELTA_BINARY_PACKED INT64: base plus a 32-bit offset each, so every delta fits 33 bits and needs no BigInt.
 * Encoding: Parquet, "Delta encoding".
 * @param rows the range [from, to) of offsets, at least one row
 */
export function encodeTimes(baseMs: number, offsets: Uint32Array, from: number, to: number): EncodedColumn {
  const out = new Bytes();
  const count = to - from;
  out.varint(BLOCK);
  out.varint(MINIBLOCKS);
  out.varint(count);
  zigzag(out, baseMs + (offsets[from] as number));
  const span = { min: offsets[from] as number, max: offsets[from] as number };
  appendBlocks(out, offsets, from + 1, to, span);
  return {
    encoding: 'DELTA_BINARY_PACKED',
    values: out.take(),
    entries: count,
    nulls: 0,
    min: BigInt(baseMs + span.min),
    max: BigInt(baseMs + span.max),
    release: () => out.release(),
  };
}

// Loops stand alone and have nothing behind them: see `runs.ts`.

/** @param span gets the bounds of the offsets */
function appendBlocks(out: Bytes, offsets: Uint32Array, from: number, to: number, span: { min: number; max: number }): void {
  const deltas = new Float64Array(BLOCK);
  for (let block = from; block < to; block += BLOCK) {
    const size = Math.min(BLOCK, to - block);
    let { min, max } = span;
    let least = Infinity;
    let greatest = -Infinity;
    for (let i = 0; i < size; i++) {
      const offset = offsets[block + i] as number;
      const delta = offset - (offsets[block + i - 1] as number);
      deltas[i] = delta;
      if (delta < least) least = delta;
      if (delta > greatest) greatest = delta;
      if (offset < min) min = offset;
      if (offset > max) max = offset;
    }
    span.min = min;
    span.max = max;
    zigzag(out, least);
    // Scrapes keep their step: nothing is left to pack but four widths of 0.
    if (least === greatest) out.word(0, MINIBLOCKS);
    else appendMiniblocks(out, deltas, size, least);
  }
}

/** Of the block that is being written. */
const widths = new Uint8Array(MINIBLOCKS);

function appendMiniblocks(out: Bytes, deltas: Float64Array, size: number, least: number): void {
  deltas.fill(least, size);
  for (let at = 0; at < MINIBLOCKS; at++) {
    const width = bitsOf(lowerBy(least, deltas, at * MINIBLOCK));
    widths[at] = width;
    out.byte(width);
  }
  // Miniblocks past the last value are left out; a started one is padded with zeros.
  for (let at = 0; at * MINIBLOCK < size; at++) {
    const width = widths[at] as number;
    if (width <= SHORT_BITS) packShort(out, deltas, at * MINIBLOCK, width);
    else packLong(out, deltas, at * MINIBLOCK, width);
  }
}

/** Takes `least` off each value of a miniblock. @returns the greatest of what is left */
function lowerBy(least: number, deltas: Float64Array, start: number): number {
  let greatest = 0;
  for (let i = start; i < start + MINIBLOCK; i++) {
    const above = (deltas[i] as number) - least;
    deltas[i] = above;
    if (above > greatest) greatest = above;
  }
  return greatest;
}

/** 32 values, least significant bit first. What a byte leaves over and the next value fit the 32 bits that shifts work on. */
function packShort(out: Bytes, values: Float64Array, start: number, width: number): void {
  let held = 0;
  let bits = 0;
  for (let i = start; i < start + MINIBLOCK; i++) {
    held |= (values[i] as number) << bits;
    bits += width;
    for (; bits >= 8; bits -= 8) {
      out.byte(held);
      held >>>= 8;
    }
  }
}

/** The same by division: `width` may be 33. */
function packLong(out: Bytes, values: Float64Array, start: number, width: number): void {
  let held = 0;
  let bits = 0;
  for (let i = start; i < start + MINIBLOCK; i++) {
    held += (values[i] as number) * 2 ** bits;
    bits += width;
    for (; bits >= 8; bits -= 8) {
      out.byte(held % 256);
      held = Math.floor(held / 256);
    }
  }
}

function bitsOf(value: number): number {
  return value < 2 ** 31 ? 32 - Math.clz32(value) : Math.floor(Math.log2(value)) + 1;
}

function zigzag(out: Bytes, value: number): void {
  out.varint(value >= 0 ? value * 2 : -value * 2 - 1);
}
