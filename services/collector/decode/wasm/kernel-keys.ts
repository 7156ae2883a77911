import { HeapKeys, type KeyStore } from '../byte-table.ts';
import type { KernelMemory } from './kernel-memory.ts';

/** The keys of one table in a kernel's memory, where their bytes share one arena with those of the other tables. */
export class KernelKeys implements KeyStore {
  readonly #memory: KernelMemory;
  readonly #name: 'SET' | 'PART';
  arena!: Buffer;
  view!: DataView;
  starts!: Uint32Array;
  ends!: Uint32Array;
  successors!: Int32Array;

  constructor(memory: KernelMemory, name: 'SET' | 'PART') {
    this.#memory = memory;
    this.#name = name;
    this.refresh();
  }

  /** To be called whenever the memory has grown. */
  refresh(): void {
    const { arena, buffer } = this.#memory;
    const [name, keys] = [this.#name, this.#memory.at('MAX_KEYS')];
    this.arena = arena;
    this.view = new DataView(buffer, this.#memory.at('ARENA'));
    this.starts = this.#memory.words(`${name}_STARTS`, keys);
    this.ends = this.#memory.words(`${name}_ENDS`, keys);
    this.successors = new Int32Array(buffer, this.#memory.at(`${name}_SUCCESSORS`), keys);
  }

  /** Keys that the memory has no room for move to the heap, all of them; the kernel is then of no use any more. */
  put(id: number, bytes: Buffer, start: number, end: number): KeyStore {
    const to = id < this.starts.length ? this.#memory.take(end - start) : undefined;
    if (to === undefined) return HeapKeys.from(this, id).put(id, bytes, start, end);
    bytes.copy(this.arena, to, start, end);
    this.starts[id] = to;
    this.ends[id] = to + end - start;
    this.successors[id] = -1;
    return this;
  }
}
