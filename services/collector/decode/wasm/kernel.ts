import { webAssembly } from '../../web-assembly.ts';
import type { Wire } from '../wire.ts';
import { KERNEL_CODE } from './kernel-code.ts';
import { KernelKeys } from './kernel-keys.ts';
import { type Exports, KernelMemory } from './kernel-memory.ts';

type Functions = {
  inflate(from: number, to: number, size: number): number;
  walkSymbols(from: number, to: number, after: number, count: number, seed: number, slots: number): void;
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

/** What a message can add to the arena for each of its bytes: itself as a part, and a reference of one byte as an id of four. */
const MAX_GROWTH = 5;

let code: object | undefined;

/**
 * The fast way of the decoders in WebAssembly, for one version of remote write and one series table, whose keys lie in its memory. It
 * takes a run of series that are as expected and stops ahead of the first that is not; that one is left to the TypeScript decoder.
 */
export class WasmKernel {
  readonly #exports: Exports & Functions;
  readonly #memory: KernelMemory;
  readonly #version: 1 | 2;
  readonly sets: KernelKeys;
  readonly parts: KernelKeys;
  /** Index of the series of each set; -1 for a refused one, which the kernel leaves alone. */
  seriesOf: Uint32Array;
  /** What the parts of each set take, one behind the other. */
  bytesOf: Uint32Array;
  /** Ids of the symbols of a remote write 2.0 request: for `walk`, and set by `walkSymbols`. */
  symbolIds: Uint32Array<ArrayBuffer>;

  /** @throws Error where the runtime has no WebAssembly, or not the memory */
  constructor(version: 1 | 2) {
    code ??= new webAssembly.Module(Buffer.from(KERNEL_CODE, 'base64'));
    const { exports } = new webAssembly.Instance(code) as { exports: Exports & Functions };
    this.#exports = exports;
    this.#memory = new KernelMemory(exports);
    this.#version = version;
    this.sets = new KernelKeys(this.#memory, 'SET');
    this.parts = new KernelKeys(this.#memory, 'PART');
    ({ seriesOf: this.seriesOf, bytesOf: this.bytesOf, symbolIds: this.symbolIds } = this.#views());
  }

  /**
   * @param from where the elements begin, behind the block's length
   * @returns the message, until the next call; undefined for a block that is too large for the kernel, or damaged
   */
  decompress(block: Buffer, from: number, bytes: number): Buffer | undefined {
    const memory = this.#memory;
    if (block.length > memory.at('BLOCK_BYTES') || bytes > memory.at('MESSAGE_BYTES')) return undefined;
    if (!this.#reserve(bytes * MAX_GROWTH)) return undefined;
    memory.bytes.set(block, memory.at('BLOCK'));
    if (!this.#exports.inflate(from, block.length, bytes)) return undefined;
    const at = memory.at('MESSAGE');
    return memory.bytes.subarray(at, at + bytes);
  }

  /**
   * Reads symbols as long as each is a known one, passes over the series behind them and moves the wire. The wire reads a message of
   * this kernel and stands between its fields.
   * @param after the part that was read last
   * @param count of the symbols before
   * @returns the part that was read last, and how many symbols there are now
   */
  walkSymbols(wire: Wire, after: number, count: number): { last: number; count: number } {
    const { seed, slots } = this.parts;
    this.#exports.walkSymbols(wire.at, wire.end, after, count, seed, slots.length);
    wire.at = this.#memory.at('at');
    return { last: this.#memory.at('last'), count: this.#memory.at('symbols') };
  }

  /**
   * Takes series as long as each is the expected one, in its usual form, and moves the wire behind them. The wire reads a message of
   * this kernel and stands between its fields.
   * @param after the set that was found last
   * @param symbols of the request
   * @returns the last set that was found
   */
  walk(wire: Wire, after: number, symbols: number, to: RowSink): number {
    const { oldestMs, newestMs } = to;
    if (this.#version === 1) this.#exports.walkV1(wire.at, wire.end, after, oldestMs, newestMs);
    else this.#exports.walkV2(wire.at, wire.end, after, oldestMs, newestMs, symbols);
    const series = this.#memory.at('series');
    if (series === 0) return after;
    const rows = this.#memory.at('rows');
    wire.at = this.#memory.at('at');
    to.countSeries(series);
    to.countLabelBytes(this.#memory.at('labelBytes'));
    if (rows > 0) {
      const memory = this.#memory;
      const times = new Float64Array(memory.buffer, memory.at('ROW_TIMES'), rows);
      to.samples(memory.words('ROW_SERIES', rows), times, memory.words('ROW_BITS', 2 * rows));
    }
    return this.#memory.at('last');
  }

  /** Memory moves when it grows, and a message that is being read would be gone: so it grows ahead of a message, for all its keys. */
  #reserve(bytes: number): boolean {
    try {
      if (!this.#memory.reserve(bytes)) return true;
    } catch {
      return false;
    }
    this.sets.refresh();
    this.parts.refresh();
    Object.assign(this, this.#views());
    return true;
  }

  #views() {
    const memory = this.#memory;
    return {
      seriesOf: memory.words('SET_SERIES', memory.at('MAX_KEYS')),
      bytesOf: memory.words('SET_BYTES', memory.at('MAX_KEYS')),
      symbolIds: memory.words('SYMBOL_IDS', memory.at('MAX_SYMBOLS')),
    };
  }
}
