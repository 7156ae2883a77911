// Streams of rows as row-streams.ts has them, in the memory of the row arena (`npm run build:wasm` makes rows-code.ts of it). Both write and
// read the same bytes; only pages are left to the arena: where a row needs a chunk and none is left, `append` stops ahead of that row.
//
// Invariants: a row's state changes last, when its bytes are written, so a row that was stopped at is begun again as if for the first time.
// Nothing is written behind the end of a chunk's content but the address of the next one.

/** Rows that are staged at one time, and where: a state's address, the milliseconds into the hour, the bits of the value. */
export const MAX_STAGED: u32 = 2048;
export const STAGED_STATES: u32 = 64;
export const STAGED_OFFSETS: u32 = STAGED_STATES + 4 * MAX_STAGED;
export const STAGED_BITS: u32 = STAGED_OFFSETS + 4 * MAX_STAGED;
export const STAGED_END: u32 = STAGED_BITS + 8 * MAX_STAGED;

// Of a state and of a row's head, as in row-streams.ts; addresses in bytes.
const ROWS: u32 = 0;
const OFFSET: u32 = 4;
const DELTA: u32 = 8;
const VALUE: u32 = 12;
const RUN: u32 = 20;
const WRITE: u32 = 24;
const FIRST: u32 = 28;
const CHUNK_BYTES: u32 = 64;
const CONTENT_BYTES: u32 = CHUNK_BYTES - 4;
const IN_CHUNK: u32 = CHUNK_BYTES - 1;
const VALUE_SAME: u32 = 0o77;
const HEAD_RUN: u32 = 0o76;
const HEAD_CHUNK_END: u32 = 0o75;

/** Where the next chunk is taken from, up to `chunksEnd`. */
export let nextChunk: u32 = 0;
let chunksEnd: u32 = 0;

/** Appends the staged rows [from, to), each to its stream. @returns the first that was not appended because it needs a chunk, else `to` */
export function append(from: u32, to: u32, next: u32, end: u32): u32 {
  nextChunk = next;
  chunksEnd = end;
  for (let row = from; row < to; row++) {
    const state = load<u32>(STAGED_STATES + 4 * row);
    const offset = load<i32>(STAGED_OFFSETS + 4 * row);
    const bits = load<u64>(STAGED_BITS + 8 * row);
    const delta = offset - load<i32>(state + OFFSET);
    const xor = bits ^ load<u64>(state + VALUE);
    const step = delta - load<i32>(state + DELTA);
    const rows = load<u32>(state + ROWS);
    let run = load<u32>(state + RUN);
    if (delta <= 0 && rows != 0) run |= 1;
    if (step == 0 && xor == 0) run += 2;
    else {
      if (run > 1) {
        if (!endRun(state, run)) return row;
        run &= 1;
      }
      if (!writeRow(state, step, xor)) return row;
      store<i32>(state + DELTA, delta);
      store<u64>(state + VALUE, bits);
    }
    store<u32>(state + RUN, run);
    store<i32>(state + OFFSET, offset);
    store<u32>(state + ROWS, rows + 1);
  }
  return to;
}

/** Writes down how many rows went on as before. That they are written is in the state at once: a row that is begun again has no run. */
function endRun(state: u32, run: u32): bool {
  let at = reserve(state, 6);
  if (at == 0) return false;
  store<u8>(at++, HEAD_RUN);
  let rest = run >> 1;
  for (; rest > 0x7f; rest >>= 7) store<u8>(at++, (rest & 0x7f) | 0x80);
  store<u8>(at++, rest);
  store<u32>(state + WRITE, at);
  store<u32>(state + RUN, run & 1);
  return true;
}

// @ts-ignore: decorator
@inline
function writeRow(state: u32, step: i32, xor: u64): bool {
  const stepKind: u32 = step == 0 ? 0 : step == (step << 24) >> 24 ? 1 : step == (step << 16) >> 16 ? 2 : 3;
  const stepBytes: u32 = stepKind == 3 ? 4 : stepKind;
  const leading = <u32>clz(xor) >> 3;
  const trailing = <u32>ctz(xor) >> 3;
  const valueBytes: u32 = xor == 0 ? 0 : 8 - leading - trailing;
  let at = reserve(state, 1 + stepBytes + valueBytes);
  if (at == 0) return false;
  store<u8>(at++, (stepKind << 6) | (xor == 0 ? VALUE_SAME : (leading << 3) | trailing));
  if ((at & IN_CHUNK) <= CONTENT_BYTES - 12) {
    // What is too much here is written over by the next row.
    store<u32>(at, step);
    at += stepBytes;
    store<u64>(at, xor >> (8 * (trailing & 7)));
    at += valueBytes;
  } else {
    for (let i: u32 = 0; i < stepBytes; i++) store<u8>(at++, step >> (8 * i));
    for (let i: u32 = 0; i < valueBytes; i++) store<u8>(at++, xor >> (8 * (trailing + i)));
  }
  store<u32>(state + WRITE, at);
  return true;
}

/** @returns where the next `size` bytes go, all of them in one chunk; 0 when it needs one and there is none */
// @ts-ignore: decorator
@inline
function reserve(state: u32, size: u32): u32 {
  const at = load<u32>(state + WRITE);
  const used = at & IN_CHUNK;
  if (at != 0 && used + size <= CONTENT_BYTES) return at;
  if (nextChunk == chunksEnd) return 0;
  const chunk = nextChunk;
  nextChunk += CHUNK_BYTES;
  if (at == 0) store<u32>(state + FIRST, chunk);
  else {
    if (used < CONTENT_BYTES) store<u8>(at, HEAD_CHUNK_END);
    store<u32>((at | IN_CHUNK) - 3, chunk);
  }
  return chunk;
}

// The stream that is read, behind the row that was read last.
let at: u32 = 0;
let written: u32 = 0;
let offset: i32 = 0;
let delta: i32 = 0;
let bits: u64 = 0;
let repeats: u32 = 0;

/** Begins to read a stream. */
export function open(state: u32): void {
  at = load<u32>(state + FIRST);
  written = load<u32>(state + WRITE);
  offset = 0;
  delta = 0;
  bits = 0;
  repeats = 0;
}

/** Stages the next `count` rows of the stream that was opened, of those that it has, in the order of their arrival. */
export function read(count: u32): void {
  for (let row: u32 = 0; row < count; ) {
    if (repeats == 0) nextRows();
    const end = row + min(repeats, count - row);
    repeats -= end - row;
    for (; row < end; row++) {
      offset += delta;
      store<i32>(STAGED_OFFSETS + 4 * row, offset);
      store<u64>(STAGED_BITS + 8 * row, bits);
    }
  }
}

/** Reads the head of a row or of a run: how many rows come now, and how they differ from the last. */
// @ts-ignore: decorator
@inline
function nextRows(): void {
  // Behind the last byte stands the run that is not written yet.
  if (at == written) {
    repeats = u32.MAX_VALUE;
    return;
  }
  if ((at & IN_CHUNK) == CONTENT_BYTES) at = load<u32>(at);
  let head = <u32>load<u8>(at++);
  if ((head & 0o77) == HEAD_CHUNK_END) {
    at = load<u32>((at | IN_CHUNK) - 3);
    head = load<u8>(at++);
  }
  const value = head & 0o77;
  if (value == HEAD_RUN) {
    for (let shift: u32 = 0; ; shift += 7) {
      const byte = <u32>load<u8>(at++);
      repeats |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return;
  }
  repeats = 1;
  const stepKind = head >> 6;
  if (stepKind == 1) delta += load<i8>(at++);
  else if (stepKind == 2) {
    delta += load<i16>(at);
    at += 2;
  } else if (stepKind == 3) {
    delta += load<i32>(at);
    at += 4;
  }
  if (value == VALUE_SAME) return;
  const trailing = value & 7;
  const bytes: u32 = 8 - (value >> 3) - trailing;
  let xor: u64 = 0;
  if ((at & IN_CHUNK) <= CHUNK_BYTES - 8) xor = load<u64>(at) & (u64.MAX_VALUE >> (64 - 8 * bytes));
  else for (let i: u32 = 0; i < bytes; i++) xor |= <u64>load<u8>(at + i) << (8 * i);
  bits ^= xor << (8 * trailing);
  at += bytes;
}
