import type { KernelKind } from '../decode/series-table.ts';
import { GrowingMemory } from '../growing-memory.ts';
import { RowsKernel } from './wasm/rows-kernel.ts';

const PAGE_SHIFT = 12;
export const PAGE_BYTES = 1 << PAGE_SHIFT;
const GROW_BYTES = 1 << 20;

/**
 * The memory of all open hours: pages of 4 KiB that are handed out, given back and handed out again, so that an hour leaves no garbage.
 * The process stays at the most that was open at one time. `words` and `bytes` change with growth: read them anew after `take`.
 */
export class RowArena {
  readonly #memory = new GrowingMemory(GROW_BYTES);
  words = new Int32Array(this.#memory.buffer);
  bytes = new Uint8Array(this.#memory.buffer);
  readonly #free: number[] = [];
  #nextBytes: number;
  /** Bytes of the pages that are handed out. */
  heldBytes = 0;
  /** Works on the same memory. */
  readonly kernel: RowsKernel | undefined;

  constructor(kernel: KernelKind = 'wasm') {
    this.kernel = kernel === 'wasm' ? new RowsKernel(this.#memory.memory) : undefined;
    // Address 0 stands for "none".
    this.#nextBytes = PAGE_BYTES * Math.ceil(Math.max(1, this.kernel?.bytes ?? 0) / PAGE_BYTES);
  }

  /**
   * @returns the address in bytes of a page of zeros
   * @throws RangeError when 2 GiB are handed out
   */
  take(): number {
    this.heldBytes += PAGE_BYTES;
    const used = this.#free.pop();
    if (used !== undefined) {
      this.words.fill(0, used >> 2, (used + PAGE_BYTES) >> 2);
      return used;
    }
    if (this.#nextBytes + PAGE_BYTES > this.bytes.length) this.#grow();
    const fresh = this.#nextBytes;
    this.#nextBytes += PAGE_BYTES;
    return fresh;
  }

  giveBack(pages: readonly number[]): void {
    for (const page of pages) this.#free.push(page);
    this.heldBytes -= pages.length * PAGE_BYTES;
  }

  #grow(): void {
    this.#memory.grow(this.bytes.length + GROW_BYTES);
    this.words = new Int32Array(this.#memory.buffer);
    this.bytes = new Uint8Array(this.#memory.buffer);
  }
}
