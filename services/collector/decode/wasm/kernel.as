// The fast way of the decoders in AssemblyScript (`npm run build:wasm` makes kernel-code.ts of it). It knows the usual form alone: at the
// first thing that is unusual it stops and says where, and the TypeScript decoder goes on from there. So it needs no rule and no error of
// its own, and both give the same rows.
//
// Invariants: everything read or written lies between two bounds that are checked before, or up to 64 bytes behind one of the regions,
// which the regions' slack allows for.

// What memory holds, in order; TypeScript reads these places and sizes, and has none of its own (kernel-memory.ts).
export const SLACK: u32 = 64;
export const BLOCK_BYTES: u32 = 1 << 20;
export const MESSAGE_BYTES: u32 = 4 << 20;
export const MAX_ROWS: u32 = 1 << 16;
/** Of parts and of sets (series-keys.ts). */
export const MAX_KEYS: u32 = 1 << 20;
export const MAX_SYMBOLS: u32 = 1 << 16;

export const BLOCK: u32 = 1024;
export const MESSAGE: u32 = BLOCK + BLOCK_BYTES + SLACK;
export const ROW_SERIES: u32 = MESSAGE + MESSAGE_BYTES + SLACK;
export const ROW_TIMES: u32 = ROW_SERIES + 4 * MAX_ROWS;
export const ROW_BITS: u32 = ROW_TIMES + 8 * MAX_ROWS;
export const SET_STARTS: u32 = ROW_BITS + 8 * MAX_ROWS;
export const SET_ENDS: u32 = SET_STARTS + 4 * MAX_KEYS;
export const SET_SUCCESSORS: u32 = SET_ENDS + 4 * MAX_KEYS;
export const SET_HASHES: u32 = SET_SUCCESSORS + 4 * MAX_KEYS;
export const SET_SLOTS: u32 = SET_HASHES + 4 * MAX_KEYS;
export const SET_SERIES: u32 = SET_SLOTS + 8 * MAX_KEYS;
/** What its parts take, one behind the other. */
export const SET_BYTES: u32 = SET_SERIES + 4 * MAX_KEYS;
export const PART_STARTS: u32 = SET_BYTES + 4 * MAX_KEYS;
export const PART_ENDS: u32 = PART_STARTS + 4 * MAX_KEYS;
export const PART_SUCCESSORS: u32 = PART_ENDS + 4 * MAX_KEYS;
export const PART_HASHES: u32 = PART_SUCCESSORS + 4 * MAX_KEYS;
export const PART_SLOTS: u32 = PART_HASHES + 4 * MAX_KEYS;
/** The symbols of the request: their ids as parts. */
export const SYMBOL_IDS: u32 = PART_SLOTS + 8 * MAX_KEYS;
/** Bytes of sets and parts; their starts and ends count from here. */
export const ARENA: u32 = SYMBOL_IDS + 4 * MAX_SYMBOLS;

/** Where the last walk stopped, and what it took. */
export let at: u32 = 0;
export let last: i32 = -1;
export let rows: u32 = 0;
export let series: u32 = 0;
export let labelBytes: f64 = 0;
export let symbols: u32 = 0;

/** Decompresses the elements of a snappy block, [from, to) of BLOCK, into MESSAGE. @returns whether it is one whole block of this size */
export function inflate(from: u32, to: u32, size: u32): bool {
  let read = BLOCK + from;
  const end = BLOCK + to;
  let write = MESSAGE;
  const stop = MESSAGE + size;
  while (read < end) {
    const tag = <u32>load<u8>(read++);
    const kind = tag & 3;
    if (kind == 0) {
      let length = (tag >> 2) + 1;
      if (length > 60) {
        const extra = length - 60;
        if (extra > end - read) return false;
        // Slack lets four bytes be read in any case.
        length = load<u32>(read) & (0xffffffff >> (32 - 8 * extra));
        read += extra;
        if (length == 0xffffffff) return false;
        length++;
      }
      if (length > end - read || length > stop - write) return false;
      if (length <= 16) v128.store(write, v128.load(read));
      else memory.copy(write, read, length);
      read += length;
      write += length;
      continue;
    }
    let length: u32;
    let offset: u32;
    if (kind == 2) {
      if (end - read < 2) return false;
      length = (tag >> 2) + 1;
      offset = load<u16>(read);
      read += 2;
      if (length >= 60) {
        while (end - read >= 3 && (load<u8>(read) & 3) == 2 && load<u16>(read + 1) == offset) {
          length += (load<u8>(read) >> 2) + 1;
          read += 3;
        }
      }
    } else if (kind == 1) {
      if (read == end) return false;
      length = ((tag >> 2) & 7) + 4;
      offset = <u32>load<u8>(read++) | ((tag >> 5) << 8);
    } else {
      if (end - read < 4) return false;
      length = (tag >> 2) + 1;
      offset = load<u32>(read);
      read += 4;
    }
    if (offset == 0 || offset > write - MESSAGE || length > stop - write) return false;
    const source = write - offset;
    if (offset >= 16) for (let i: u32 = 0; i < length; i += 16) v128.store(write + i, v128.load(source + i));
    else for (let i: u32 = 0; i < length; i++) store<u8>(write + i, load<u8>(source + i));
    write += length;
  }
  return write == stop;
}

/** Walks the series of a remote write 1.0 request, [from, to) of MESSAGE, as long as each is the one that is expected behind `after`. */
export function walkV1(from: u32, to: u32, after: i32, oldestMs: f64, newestMs: f64): void {
  const end = MESSAGE + to;
  start(MESSAGE + from, after);
  while (at < end && load<u8>(at) == 0x0a) {
    const labels = readLength(at + 1, end);
    if (labels == 0) break;
    const seriesEnd = labels + length;
    const set = expectedSet();
    if (set < 0) break;
    const parts = ARENA + load<u32>(SET_STARTS + 4 * set);
    const headEnd = endIfAt(load<u32>(parts), labels, seriesEnd);
    if (headEnd == 0) break;
    const labelsEnd = endIfAt(load<u32>(parts + 4), headEnd, seriesEnd);
    // Without labels nothing could be told apart.
    if (labelsEnd <= labels) break;
    if (!takeSamples(labelsEnd, seriesEnd, set, oldestMs, newestMs)) break;
  }
  at -= MESSAGE;
}

/**
 * Reads the symbols that stand at the beginning of a remote write 2.0 request, [from, to) of MESSAGE, as long as each is a known part, `after`
 * being the one that was read last: they become those from number `count` on. Then it passes over what series follow.
 */
export function walkSymbols(from: u32, to: u32, after: i32, count: u32, seed: u32, slots: u32): void {
  const end = MESSAGE + to;
  at = MESSAGE + from;
  last = after;
  symbols = count;
  while (at < end && load<u8>(at) == 0x22 && symbols < MAX_SYMBOLS) {
    const symbol = readLength(at + 1, end);
    if (symbol == 0) break;
    let part: i32 = last < 0 ? -1 : load<i32>(PART_SUCCESSORS + 4 * last);
    if (part < 0 || endIfAt(part, symbol, symbol + length) != symbol + length) {
      part = findPart(symbol, length, seed, slots - 1);
      if (part < 0) break;
      if (last >= 0) store<i32>(PART_SUCCESSORS + 4 * last, part);
    }
    store<u32>(SYMBOL_IDS + 4 * symbols, part);
    symbols++;
    last = part;
    at = symbol + length;
  }
  while (at < end && load<u8>(at) == 0x2a) {
    const content = readLength(at + 1, end);
    if (content == 0) break;
    at = content + length;
  }
  at -= MESSAGE;
}

/** As `walkV1`, for remote write 2.0, whose first `count` symbols are known. */
export function walkV2(from: u32, to: u32, after: i32, oldestMs: f64, newestMs: f64, count: u32): void {
  const end = MESSAGE + to;
  start(MESSAGE + from, after);
  while (at < end && load<u8>(at) == 0x2a) {
    const content = readLength(at + 1, end);
    if (content == 0) break;
    const seriesEnd = content + length;
    const set = expectedSet();
    if (set < 0 || length < 2 || load<u8>(content) != 0x0a) break;
    let read = readLength(content + 1, seriesEnd);
    if (read == 0) break;
    const runEnd = read + length;
    let id = ARENA + load<u32>(SET_STARTS + 4 * set);
    const idsEnd = ARENA + load<u32>(SET_ENDS + 4 * set);
    while (read < runEnd && id < idsEnd) {
      let reference = <u32>load<u8>(read++);
      if (reference >= 0x80) {
        const second = <u32>load<u8>(read++);
        if (second >= 0x80) break;
        reference += (second - 1) * 0x80;
      }
      if (reference >= count || load<u32>(SYMBOL_IDS + 4 * reference) != load<u32>(id)) break;
      id += 4;
    }
    if (read != runEnd || id != idsEnd) break;
    if (!takeSamples(runEnd, seriesEnd, set, oldestMs, newestMs)) break;
    labelBytes += load<u32>(SET_BYTES + 4 * set);
  }
  at -= MESSAGE;
}

let length: u32 = 0;

function start(from: u32, after: i32): void {
  at = from;
  last = after;
  rows = 0;
  series = 0;
  labelBytes = 0;
}

// @ts-ignore: decorator
@inline
function expectedSet(): i32 {
  return last < 0 ? -1 : load<i32>(SET_SUCCESSORS + 4 * last);
}

/** @returns the part that has these bytes, or -1; as ByteTable finds it (byte-table.ts) */
function findPart(from: u32, size: u32, seed: u32, mask: u32): i32 {
  const hash = hashOf(from, size, seed);
  let slot = hash & mask;
  let part = load<i32>(PART_SLOTS + 4 * slot) - 1;
  while (part >= 0 && (load<u32>(PART_HASHES + 4 * part) != hash || endIfAt(part, from, from + size) != from + size)) {
    slot = (slot + 1) & mask;
    part = load<i32>(PART_SLOTS + 4 * slot) - 1;
  }
  return part;
}

/** The same as in byte-table.ts. */
function hashOf(from: u32, size: u32, seed: u32): u32 {
  const end = from + size;
  let hash = seed ^ size;
  let i = from;
  for (; i + 4 <= end; i += 4) {
    hash = (hash ^ (load<u32>(i) * 0xcc9e2d51)) * 0x1b873593;
    hash ^= hash >> 15;
  }
  for (; i < end; i++) hash = (hash ^ load<u8>(i)) * 0x01000193;
  hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
  return hash ^ (hash >> 13);
}

/** @returns where the bytes of a part end if they stand at [from, …end), else 0 */
// @ts-ignore: decorator
@inline
function endIfAt(part: u32, from: u32, end: u32): u32 {
  const bytes = ARENA + load<u32>(PART_STARTS + 4 * part);
  const size = ARENA + load<u32>(PART_ENDS + 4 * part) - bytes;
  return size <= end - from && equal(from, bytes, size) ? from + size : 0;
}

/** Reads a length of up to three bytes into `length`. @returns where what it measures begins, 0 when that would pass `end` */
// @ts-ignore: decorator
@inline
function readLength(from: u32, end: u32): u32 {
  let read = from;
  let value = <u32>load<u8>(read++);
  if (value >= 0x80) {
    const second = <u32>load<u8>(read++);
    value = (value & 0x7f) | ((second & 0x7f) << 7);
    if (second >= 0x80) {
      const third = <u32>load<u8>(read++);
      if (third >= 0x80) return 0;
      value |= third << 14;
    }
  }
  if (read > end || value > end - read) return 0;
  length = value;
  return read;
}

// @ts-ignore: decorator
@inline
function equal(a: u32, b: u32, length: u32): bool {
  if (length < 16) {
    for (let i: u32 = 0; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
    return true;
  }
  const lastWord = length - 16;
  for (let i: u32 = 0; i < lastWord; i += 16) if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false;
  return !v128.any_true(v128.xor(v128.load(a + lastWord), v128.load(b + lastWord)));
}

/** Takes the samples of a series if they have their usual form (plain-samples.ts) and are of an allowed time; else nothing of it. */
// @ts-ignore: decorator
@inline
function takeSamples(from: u32, end: u32, set: i32, oldestMs: f64, newestMs: f64): bool {
  const index = load<i32>(SET_SERIES + 4 * set);
  if (index < 0) return false;
  let row = rows;
  let read = from;
  while (end - read >= 9 && load<u8>(read) == 0x12) {
    const size = <u32>load<u8>(read + 1);
    const next = read + 2 + size;
    let bits: u64 = 0;
    if (size == 16) {
      if (next > end || load<u8>(read + 2) != 0x09) return false;
      bits = load<u64>(read + 3);
    } else if (size != 7) return false;
    const word = load<u64>(next - 8);
    // Tag, then five bytes that go on and one that does not.
    if ((word & 0x808080808080ff00) != 0x0080808080801000) return false;
    const timeMs = <f64>(
      (((word >> 16) & 0x7f) |
        ((word >> 17) & 0x3f80) |
        ((word >> 18) & 0x1fc000) |
        ((word >> 19) & 0xfe00000) |
        ((word >> 20) & 0x7f0000000) |
        ((word >> 21) & 0x3f800000000))
    );
    if (timeMs < oldestMs || timeMs > newestMs || row == MAX_ROWS) return false;
    store<u32>(ROW_SERIES + 4 * row, index);
    store<f64>(ROW_TIMES + 8 * row, timeMs);
    store<u64>(ROW_BITS + 8 * row, bits);
    row++;
    read = next;
  }
  if (end - read >= 2 && load<u8>(read) == 0x2a && load<u8>(read + 1) < 0x80) read += 2 + load<u8>(read + 1);
  if (read != end) return false;
  rows = row;
  series++;
  last = set;
  at = end;
  return true;
}
