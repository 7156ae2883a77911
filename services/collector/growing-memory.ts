const WASM_PAGE_BYTES = 65_536;
/** So that every address is a small integer. */
const MAX_BYTES = 2 ** 31 - WASM_PAGE_BYTES;

type Memory = { buffer: ArrayBuffer; grow(pages: number): number };
// Node's types know the name, not the class.
const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: new (pages: { initial: number; maximum: number }) => Memory } })
  .WebAssembly;

/**
 * Bytes that grow in place: a WebAssembly memory, for nothing but that. A typed array would have to be copied, and for a while take three
 * times its size. What is not written to takes no memory. Never shrinks.
 */
export class GrowingMemory {
  readonly #memory: Memory;

  constructor(bytes: number) {
    this.#memory = new Memory({ initial: pagesFor(bytes), maximum: MAX_BYTES / WASM_PAGE_BYTES });
  }

  /** A new one after every `grow`; earlier ones are empty from then on. */
  get buffer(): ArrayBuffer {
    return this.#memory.buffer;
  }

  /** Makes room for at least `bytes`. @throws RangeError above 2 GiB */
  grow(bytes: number): void {
    this.#memory.grow(Math.max(0, pagesFor(bytes) - this.#memory.buffer.byteLength / WASM_PAGE_BYTES));
  }
}

function pagesFor(bytes: number): number {
  return Math.ceil(bytes / WASM_PAGE_BYTES);
}
