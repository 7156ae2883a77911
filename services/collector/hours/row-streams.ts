import type { Batch } from '../decode/batch.ts';
import { PAGE_BYTES, type RowArena } from './row-arena.ts';

type Columns = Pick<Batch, 'series' | 'timesMs' | 'bits'>;

/** Words of a stream's state: what the next row is written as a difference to, and where. All zero for a stream without rows. */
export const STATE_WORDS = 8;
const ROWS = 0;
const OFFSET = 1;
const DELTA = 2;
const LOW = 3;
const HIGH = 4;
/** Rows that repeat the last value and step and are not written yet, times 2; bit 0: some row is not later than the one before. */
const RUN = 5;
const WRITE = 6;
const FIRST = 7;

const CHUNK_BYTES = 64;
/** The last word of a chunk is the address of the next one. */
const CONTENT_BYTES = CHUNK_BYTES - 4;
const IN_CHUNK = CHUNK_BYTES - 1;

/** Bits 6 and 7 of a row's head: bytes that say how its step in time differs from the last one. */
const STEP_SAME = 0;
const STEP_BYTE = 1;
const STEP_SHORT = 2;
const STEP_WORD = 3;
/** Bits 0 to 5: leading and trailing zero bytes of the XOR with the last value, 3 bits each, of which no sum over 7 can occur. */
const VALUE_SAME = 0o77;
const HEAD_RUN = 0o76;
const HEAD_CHUNK_END = 0o75;

/**
 * Streams of rows (milliseconds into the hour, value bits), each in a chain of 64-byte chunks. A row is a head byte, the change of its step
 * in time if there is one, and the bytes of its value that differ from the last one. Rows that go on as before are only counted:
 * a constant series takes no bytes. Every bit of a value is kept, and rows may come in any order.
 */
export class RowStreams {
  readonly #arena: RowArena;
  readonly #pages: number[];
  #nextChunk = 0;
  #chunksEnd = 0;

  /** @param pages the arena's pages that these streams hold; theirs are added */
  constructor(arena: RowArena, pages: number[]) {
    this.#arena = arena;
    this.#pages = pages;
  }

  rowsOf(state: number): number {
    return this.#arena.words[state + ROWS] as number;
  }

  /** Whether every row is later than the one before. */
  isRising(state: number): boolean {
    return ((this.#arena.words[state + RUN] as number) & 1) === 0;
  }

  /**
   * Appends the rows [from, to) of a batch, all of which lie in this hour.
   * @param stateOf index of the first word of the state of a series' stream in the arena
   */
  appendAll({ series, timesMs, bits }: Columns, from: number, to: number, hourStartMs: number, stateOf: (series: number) => number): void {
    const arena = this.#arena;
    const { kernel } = arena;
    if (!kernel) {
      for (let row = from; row < to; row++) {
        const offset = (timesMs[row] as number) - hourStartMs;
        this.#append(stateOf(series[row] as number), offset, bits[2 * row] as number, bits[2 * row + 1] as number);
      }
      return;
    }
    for (let first = from; first < to; first += kernel.maxStaged) {
      const count = Math.min(to - first, kernel.maxStaged);
      for (let i = 0; i < count; i++) {
        const state = stateOf(series[first + i] as number);
        arena.words[kernel.states + i] = 4 * state;
        arena.words[kernel.offsets + i] = (timesMs[first + i] as number) - hourStartMs;
      }
      arena.words.set(bits.subarray(2 * first, 2 * (first + count)), kernel.bits);
      for (let done = 0; done < count; ) {
        done = kernel.append(done, count, this.#nextChunk, this.#chunksEnd);
        this.#nextChunk = kernel.nextChunk;
        if (done < count) this.#newChunks();
      }
    }
  }

  #append(state: number, offset: number, low: number, high: number): void {
    const words = this.#arena.words;
    const delta = offset - (words[state + OFFSET] as number);
    const lowXor = low ^ (words[state + LOW] as number);
    const highXor = high ^ (words[state + HIGH] as number);
    const step = delta - (words[state + DELTA] as number);
    if (delta <= 0 && words[state + ROWS] !== 0) words[state + RUN] = (words[state + RUN] as number) | 1;
    words[state + ROWS] = (words[state + ROWS] as number) + 1;
    if (step === 0 && lowXor === 0 && highXor === 0) {
      words[state + RUN] = (words[state + RUN] as number) + 2;
      words[state + OFFSET] = offset;
      return;
    }
    if ((words[state + RUN] as number) > 1) this.#endRun(state);
    this.#write(state, step, lowXor, highXor);
    const after = this.#arena.words;
    after[state + OFFSET] = offset;
    after[state + DELTA] = delta;
    after[state + LOW] = low;
    after[state + HIGH] = high;
  }

  /** Reads the first `rows` rows into offsets[at…] and bits[2 at…], in the order of their arrival. */
  read(state: number, rows: number, offsets: Uint32Array, bits: Uint32Array, at: number): void {
    const { words, bytes, kernel } = this.#arena;
    if (kernel) {
      kernel.open(4 * state);
      for (let done = 0; done < rows; done += kernel.maxStaged) {
        const count = Math.min(rows - done, kernel.maxStaged);
        kernel.read(count);
        offsets.set(words.subarray(kernel.offsets, kernel.offsets + count), at + done);
        bits.set(words.subarray(kernel.bits, kernel.bits + 2 * count), 2 * (at + done));
      }
      return;
    }
    const end = at + rows;
    const written = words[state + WRITE] as number;
    let [from, offset, delta, low, high] = [words[state + FIRST] as number, 0, 0, 0, 0];
    for (let row = at; row < end; ) {
      let repeats = 1;
      // Behind the last byte stands the run that is not written yet.
      if (from === written) repeats = end - row;
      else {
        if ((from & IN_CHUNK) === CONTENT_BYTES) from = words[from >> 2] as number;
        const head = bytes[from++] as number;
        const value = head & 0o77;
        if (value === HEAD_CHUNK_END) {
          from = words[(from | IN_CHUNK) >> 2] as number;
          continue;
        }
        if (value === HEAD_RUN) {
          let shift = 0;
          repeats = 0;
          for (; ; shift += 7) {
            const byte = bytes[from++] as number;
            repeats |= (byte & 0x7f) << shift;
            if (byte < 0x80) break;
          }
        } else {
          const stepKind = head >> 6;
          if (stepKind === STEP_BYTE) delta += ((bytes[from++] as number) << 24) >> 24;
          else if (stepKind === STEP_SHORT) {
            delta += (((bytes[from] as number) | ((bytes[from + 1] as number) << 8)) << 16) >> 16;
            from += 2;
          } else if (stepKind === STEP_WORD) {
            delta +=
              (bytes[from] as number) |
              ((bytes[from + 1] as number) << 8) |
              ((bytes[from + 2] as number) << 16) |
              ((bytes[from + 3] as number) << 24);
            from += 4;
          }
          if (value !== VALUE_SAME) {
            const last = 7 - (value >> 3);
            for (let at = value & 7; at <= last; at++) {
              if (at < 4) low ^= (bytes[from++] as number) << (8 * at);
              else high ^= (bytes[from++] as number) << (8 * at);
            }
          }
        }
      }
      for (const until = Math.min(end, row + repeats); row < until; row++) {
        offset += delta;
        offsets[row] = offset;
        bits[2 * row] = low;
        bits[2 * row + 1] = high;
      }
    }
  }

  /** Forgets where chunks are taken from; to be called when the pages are given back. */
  reset(): void {
    this.#nextChunk = this.#chunksEnd = 0;
  }

  #endRun(state: number): void {
    const run = this.#arena.words[state + RUN] as number;
    let at = this.#reserve(state, 6);
    const { words, bytes } = this.#arena;
    bytes[at++] = HEAD_RUN;
    let rest = run >>> 1;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
    words[state + WRITE] = at;
    words[state + RUN] = run & 1;
  }

  #write(state: number, step: number, low: number, high: number): void {
    const stepKind =
      step === 0 ? STEP_SAME : step === (step << 24) >> 24 ? STEP_BYTE : step === (step << 16) >> 16 ? STEP_SHORT : STEP_WORD;
    const stepBytes = stepKind === STEP_WORD ? 4 : stepKind;
    const isSame = low === 0 && high === 0;
    const leading = high !== 0 ? Math.clz32(high) >> 3 : 4 + (Math.clz32(low) >> 3);
    const trailing = low !== 0 ? trailingZeroBytes(low) : 4 + trailingZeroBytes(high);
    const valueBytes = isSame ? 0 : 8 - leading - trailing;
    let at = this.#reserve(state, 1 + stepBytes + valueBytes);
    const { words, bytes } = this.#arena;
    bytes[at++] = (stepKind << 6) | (isSame ? VALUE_SAME : (leading << 3) | trailing);
    for (let i = 0; i < stepBytes; i++) bytes[at++] = step >> (8 * i);
    for (let i = trailing; i < trailing + valueBytes; i++) bytes[at++] = (i < 4 ? low : high) >> (8 * i);
    words[state + WRITE] = at;
  }

  /** @returns where the next `size` bytes go; all of them are in one chunk */
  #reserve(state: number, size: number): number {
    const at = this.#arena.words[state + WRITE] as number;
    const used = at & IN_CHUNK;
    if (at !== 0 && used + size <= CONTENT_BYTES) return at;
    const chunk = this.#newChunk();
    const { words, bytes } = this.#arena;
    if (at === 0) words[state + FIRST] = chunk;
    else {
      if (used < CONTENT_BYTES) bytes[at] = HEAD_CHUNK_END;
      words[(at | IN_CHUNK) >> 2] = chunk;
    }
    return chunk;
  }

  #newChunk(): number {
    if (this.#nextChunk === this.#chunksEnd) this.#newChunks();
    const chunk = this.#nextChunk;
    this.#nextChunk += CHUNK_BYTES;
    return chunk;
  }

  #newChunks(): void {
    this.#nextChunk = this.#arena.take();
    this.#chunksEnd = this.#nextChunk + PAGE_BYTES;
    this.#pages.push(this.#nextChunk);
  }
}

function trailingZeroBytes(word: number): number {
  return (31 - Math.clz32(word & -word)) >> 3;
}
