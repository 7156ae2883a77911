import { type WasmMemory, webAssembly } from './web-assembly.ts';

const WASM_PAGE_BYTES = 65_536;
/** So that every address is a small integer. */
const MAX_BYTES = 2 ** 31 - WASM_PAGE_BYTES;

/**
 * Bytes that grow in place: a WebAssembly memory, for nothing but that. A typed array would have to be copied, and for a while take three
 * times its size. What is not written to takes no memory. Never shrinks.
 */
export class GrowingMemory {
  readonly #memory: WasmMemory;

  constructor(bytes: number) {
    this.#memory = new webAssembly.Memory({ initial: pagesFor(bytes), maximum: MAX_BYTES / WASM_PAGE_BYTES });
  }

  /** A new one after every `grow`; earlier ones are empty from then on. */
  get buffer(): ArrayBuffer {
    return this.#memory.buffer;
  }

  /** For WebAssembly that works on these bytes. */
  get memory(): WasmMemory {
    return this.#memory;
  }

  /** Makes room for at least `bytes`. @throws RangeError above 2 GiB */
  grow(bytes: number): void {
    this.#memory.grow(Math.max(0, pagesFor(bytes) - this.#memory.buffer.byteLength / WASM_PAGE_BYTES));
  }
}

function pagesFor(bytes: number): number {
  return Math.ceil(bytes / WASM_PAGE_BYTES);
}
