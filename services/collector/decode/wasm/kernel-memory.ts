import type { WasmMemory } from '../../web-assembly.ts';

type Global = { readonly value: number };
export type Exports = Record<string, Global> & { memory: WasmMemory };

const PAGE_BYTES = 65_536;
/** The arena grows in such steps. Memory that nothing was written to takes none. */
const GROWTH_BYTES = 4 * 1024 * 1024;

/** The memory of a kernel: regions whose places it exports, and behind them the arena, from which bytes are taken one after the other. */
export class KernelMemory {
  readonly #exports: Exports;
  #used = 0;
  bytes: Buffer<ArrayBuffer>;
  arena: Buffer;

  constructor(exports: Exports) {
    this.#exports = exports;
    this.bytes = Buffer.from(exports.memory.buffer);
    this.arena = this.#arenaOf(this.bytes);
  }

  /** A new one after every growth; earlier ones, and all views of them, are empty from then on. */
  get buffer(): ArrayBuffer {
    return this.#exports.memory.buffer;
  }

  /** A place, a size or a result that the kernel exports. */
  at(name: string): number {
    return (this.#exports[name] as Global).value;
  }

  words(name: string, count: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.buffer, this.at(name), count);
  }

  /** @returns where `bytes` bytes of the arena begin that nothing else has; undefined when no room is left */
  take(bytes: number): number | undefined {
    if (this.#used + bytes > this.arena.length) return undefined;
    this.#used += bytes;
    return this.#used - bytes;
  }

  /**
   * Makes sure that so many bytes can be taken. Not while a message is read: growing moves it.
   * @returns whether the memory is another one now
   * @throws RangeError when there is no more to be had
   */
  reserve(bytes: number): boolean {
    const missing = this.#used + bytes - this.arena.length;
    if (missing <= 0) return false;
    this.#exports.memory.grow(Math.ceil(Math.max(missing, GROWTH_BYTES) / PAGE_BYTES));
    this.bytes = Buffer.from(this.buffer);
    this.arena = this.#arenaOf(this.bytes);
    return true;
  }

  #arenaOf(bytes: Buffer): Buffer {
    return bytes.subarray(this.at('ARENA'), bytes.length - this.at('SLACK'));
  }
}
