import { EMPTY, FIRST_SLOTS, HeapKeys, type KeyStore, newSeed } from '../byte-table.ts';
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
  hashes!: Int32Array;
  slots!: Int32Array;
  readonly seed = newSeed();
  #slotCount = FIRST_SLOTS;

  constructor(memory: KernelMemory, name: 'SET' | 'PART') {
    this.#memory = memory;
    this.#name = name;
    this.refresh();
  }

  /** To be called whenever the memory has grown. */
  refresh(): void {
    const { arena, buffer } = this.#memory;
    const [name, keys] = [this.#name, this.#memory.at('MAX_KEYS')];
    const ints = (what: string, count: number) => new Int32Array(buffer, this.#memory.at(`${name}_${what}`), count);
    this.arena = arena;
    this.view = new DataView(buffer, this.#memory.at('ARENA'));
    this.starts = this.#memory.words(`${name}_STARTS`, keys);
    this.ends = this.#memory.words(`${name}_ENDS`, keys);
    this.successors = ints('SUCCESSORS', keys);
    this.hashes = ints('HASHES', keys);
    this.slots = ints('SLOTS', this.#slotCount);
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

  /** Their region has room for twice as many as there can be keys, which is when they are doubled. */
  doubleSlots(): void {
    this.#slotCount *= 2;
    this.refresh();
    this.slots.fill(EMPTY);
  }
}
