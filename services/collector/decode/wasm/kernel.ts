import { HeapKeys, type KeyStore } from '../byte-table.ts';
import type { Wire } from '../wire.ts';
import { KERNEL_CODE } from './kernel-code.ts';

// What is used of WebAssembly: its types come with those of browsers alone.
type Global = { readonly value: number };
type Memory = { readonly buffer: ArrayBuffer; grow(pages: number): number };
type Runtime = {
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};
type Exports = Record<string, Global> &
  Record<'at' | 'last' | 'rows' | 'series' | 'labelBytes', Global> & {
    inflate(from: number, to: number, size: number): number;
    walkV1(from: number, to: number, after: number, oldestMs: number, newestMs: number): void;
    walkV2(from: number, to: number, after: number, oldestMs: number, newestMs: number, symbols: number): void;
  };

/** Who takes the rows; samples outside of [oldestMs, newestMs] are left to the TypeScript decoder. */
export type RowSink = {
  oldestMs: number;
  newestMs: number;
  countSeries(series: number): void;
  countLabelBytes(bytes: number): void;
  samples(series: Uint32Array, timesMs: Float64Array, bits: Uint32Array): void;
};

const PAGE_BYTES = 65_536;
/** Keys grow in such steps. Memory that nothing was written to takes none. */
const GROWTH_BYTES = 4 * 1024 * 1024;

/** A reference of one byte becomes a symbol's id of four. */
const MAX_KEY_GROWTH = 4;

let code: object | undefined;

/**
 * The fast way of the decoders in WebAssembly, for one version of remote write and one series table, whose keys lie in its memory. It
 * takes a run of series that are as expected and stops ahead of the first that is not; that one is left to the TypeScript decoder.
 */
export class WasmKernel implements KeyStore {
  readonly #exports: Exports;
  readonly #memory: Memory;
  readonly #version: 1 | 2;
  #bytes: Buffer<ArrayBuffer>;
  #symbols = 0;
  arena: Buffer;
  view: DataView;
  starts: Uint32Array;
  successors: Int32Array;
  /** Index of the series of each key; -1 for a refused one, which the kernel leaves alone. */
  seriesOf: Int32Array;

  /** @throws Error where the runtime has no WebAssembly, or not the memory */
  constructor(version: 1 | 2) {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Runtime }).WebAssembly;
    code ??= new Module(Buffer.from(KERNEL_CODE, 'base64'));
    const { exports } = new Instance(code) as { exports: Exports & { memory: Memory } };
    this.#exports = exports;
    this.#memory = exports.memory;
    this.#version = version;
    this.#bytes = Buffer.from(this.#memory.buffer);
    ({ arena: this.arena, view: this.view, starts: this.starts, successors: this.successors, seriesOf: this.seriesOf } = this.#views());
  }

  /**
   * @param from where the elements begin, behind the block's length
   * @param keyBytes what the keys take now
   * @returns the message, until the next call; undefined for a block that is too large for the kernel, or damaged
   */
  decompress(block: Buffer, from: number, bytes: number, keyBytes: number): Buffer | undefined {
    if (block.length > this.#at('BLOCK_BYTES') || bytes > this.#at('MESSAGE_BYTES')) return undefined;
    if (!this.#reserve(keyBytes + bytes * MAX_KEY_GROWTH)) return undefined;
    this.#bytes.set(block, this.#at('BLOCK'));
    if (!this.#exports.inflate(from, block.length, bytes)) return undefined;
    const at = this.#at('MESSAGE');
    return this.#bytes.subarray(at, at + bytes);
  }

  /** The symbols of the request, for `walk` with version 2.0. Too many of them, and it takes nothing. */
  setSymbols(ids: Uint32Array, bytes: Uint32Array, count: number): void {
    this.#symbols = count > this.#at('MAX_SYMBOLS') ? 0 : count;
    this.#words('SYMBOL_IDS', this.#symbols).set(ids.subarray(0, this.#symbols));
    this.#words('SYMBOL_BYTES', this.#symbols).set(bytes.subarray(0, this.#symbols));
  }

  /**
   * Takes series as long as each is the expected one, in its usual form, and moves the wire behind them. The wire reads a message of
   * this kernel and stands between its fields.
   * @returns the last key that was found
   */
  walk(wire: Wire, after: number, to: RowSink): number {
    const { at, last, rows, series, labelBytes } = this.#exports;
    const { oldestMs, newestMs } = to;
    if (this.#version === 1) this.#exports.walkV1(wire.at, wire.end, after, oldestMs, newestMs);
    else this.#exports.walkV2(wire.at, wire.end, after, oldestMs, newestMs, this.#symbols);
    if (series.value === 0) return after;
    const count = rows.value;
    wire.at = at.value;
    to.countSeries(series.value);
    to.countLabelBytes(labelBytes.value);
    if (count > 0) {
      const times = new Float64Array(this.#memory.buffer, this.#at('ROW_TIMES'), count);
      to.samples(this.#words('ROW_SERIES', count), times, this.#words('ROW_BITS', 2 * count));
    }
    return last.value;
  }

  withRoomFor(keys: number, bytes: number): KeyStore {
    return keys <= this.#at('MAX_KEYS') && bytes <= this.arena.length - this.#at('SLACK') ? this : new HeapKeys(this);
  }

  /** Memory moves when it grows, and a message that is being read would be gone: so it grows ahead of a message, for all its keys. */
  #reserve(keyBytes: number): boolean {
    const missing = keyBytes + this.#at('SLACK') - this.arena.length;
    if (missing <= 0) return true;
    try {
      this.#memory.grow(Math.ceil(Math.max(missing, GROWTH_BYTES) / PAGE_BYTES));
    } catch {
      return false;
    }
    this.#bytes = Buffer.from(this.#memory.buffer);
    Object.assign(this, this.#views());
    return true;
  }

  #views() {
    const { buffer } = this.#memory;
    const keys = this.#at('MAX_KEYS');
    const at = this.#at('KEYS');
    return {
      arena: this.#bytes.subarray(at),
      view: new DataView(buffer, at),
      starts: this.#words('KEY_STARTS', keys + 1),
      successors: new Int32Array(buffer, this.#at('KEY_SUCCESSORS'), keys),
      seriesOf: new Int32Array(buffer, this.#at('KEY_SERIES'), keys),
    };
  }

  #words(name: string, count: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, this.#at(name), count);
  }

  #at(name: string): number {
    return (this.#exports[name] as Global).value;
  }
}
