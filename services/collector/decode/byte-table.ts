/** A slot that no key has. */
export const EMPTY = 0;
/** How many slots a table begins with. */
export const FIRST_SLOTS = 1 << 11;
/** Start, end, hash, successor and a half-filled slot of each key, as much again for arrays that have just doubled. */
const ENTRY_BYTES = 40;
/** From here on a call of the runtime compares faster than a loop. */
const LONG = 64;

/** Where the keys of a table are. Key i is arena[starts[i], ends[i]). */
export type KeyStore = {
  readonly arena: Buffer;
  /** The same memory. */
  readonly view: DataView;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** The key that followed each one last time; -1 for none. */
  readonly successors: Int32Array;
  readonly hashes: Int32Array;
  /** Where keys are found by their hash, the next slot being tried where one is taken: id and 1, or EMPTY. A power of two of them. */
  readonly slots: Int32Array;
  /** Random, so that a sender cannot choose keys that all collide. */
  readonly seed: number;
  /** Takes bytes[start, end) as the key of the next id. @returns this store, or another one that holds all that this one did */
  put(id: number, bytes: Buffer, start: number, end: number): KeyStore;
  /** Makes the slots twice as many, and all of them empty. */
  doubleSlots(): void;
};

/**
 * Gives every distinct byte string a dense id, in order of first sight. Senders repeat the order of their last request, so the id
 * that followed `after` last time is tried first: the usual cost of a lookup is one compare, without hashing.
 */
export class ByteTable {
  count = 0;
  /** Bytes of all keys held. */
  keyBytes = 0;
  #store: KeyStore;

  constructor(store: KeyStore = new HeapKeys()) {
    this.#store = store;
  }

  /** Where the keys are now; another one than at first when they have outgrown it. */
  get store(): KeyStore {
    return this.#store;
  }

  /** What the table takes, for memory budgets: short keys cost more than their bytes. */
  get bytes(): number {
    return this.keyBytes + this.count * ENTRY_BYTES;
  }

  /** @returns the id of bytes[start, end); a new id equals the `count` from before the call */
  idOf(bytes: Buffer, start: number, end: number, after: number): number {
    if (after >= 0) {
      const predicted = this.#store.successors[after] as number;
      if (predicted >= 0 && this.#holds(predicted, bytes, start, end)) return predicted;
    }
    const id = this.#find(bytes, start, end);
    if (after >= 0) this.#store.successors[after] = id;
    return id;
  }

  /** @returns where the key of an id ends if it stands at bytes[start, …end); else -1 */
  endIfAt(id: number, bytes: Buffer, start: number, end: number): number {
    const keyEnd = start + this.bytesOf(id);
    return keyEnd <= end && this.#holds(id, bytes, start, keyEnd) ? keyEnd : -1;
  }

  /** The id that followed `after` last time; -1 for none. */
  successorOf(after: number): number {
    return after < 0 ? -1 : (this.#store.successors[after] as number);
  }

  /** Where the key of an id lies in `view`, until the next `idOf`. */
  startOf(id: number): number {
    return this.#store.starts[id] as number;
  }

  endOf(id: number): number {
    return this.#store.ends[id] as number;
  }

  bytesOf(id: number): number {
    return this.endOf(id) - this.startOf(id);
  }

  /** All keys. */
  get arena(): Buffer {
    return this.#store.arena;
  }

  /** The same memory. */
  get view(): DataView {
    return this.#store.view;
  }

  /** The key of an id; valid until the next `idOf`. */
  keyOf(id: number): Buffer {
    return this.#store.arena.subarray(this.#store.starts[id], this.endOf(id));
  }

  #find(bytes: Buffer, start: number, end: number): number {
    const { slots, hashes, seed } = this.#store;
    const hash = hashOf(bytes, start, end, seed);
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let held = slots[slot] as number; held !== EMPTY; held = slots[slot] as number) {
      if (hashes[held - 1] === hash && this.#holds(held - 1, bytes, start, end)) return held - 1;
      slot = (slot + 1) & mask;
    }
    return this.#add(bytes, start, end, hash, slot);
  }

  #holds(id: number, bytes: Buffer, start: number, end: number): boolean {
    const from = this.#store.starts[id] as number;
    const length = end - start;
    if (this.endOf(id) - from !== length) return false;
    if (length >= LONG) return this.#store.arena.compare(bytes, start, end, from, from + length) === 0;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== this.#store.arena[from + i]) return false;
    return true;
  }

  #add(bytes: Buffer, start: number, end: number, hash: number, slot: number): number {
    const id = this.count;
    this.#store = this.#store.put(id, bytes, start, end);
    this.#store.hashes[id] = hash;
    this.#store.slots[slot] = id + 1;
    this.keyBytes += end - start;
    this.count++;
    if (this.count * 2 > this.#store.slots.length) this.#growSlots();
    return id;
  }

  #growSlots(): void {
    this.#store.doubleSlots();
    const { slots, hashes } = this.#store;
    const mask = slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = (hashes[id] as number) & mask;
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
  }
}

function grown<T extends Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Keys in memory of the runtime, one behind the other, doubled when they do not fit. */
export class HeapKeys implements KeyStore {
  arena: Buffer = Buffer.allocUnsafeSlow(1 << 16);
  view: DataView = viewOf(this.arena);
  starts = new Uint32Array(1 << 10);
  ends = new Uint32Array(1 << 10);
  successors = new Int32Array(1 << 10);
  hashes = new Int32Array(1 << 10);
  slots = new Int32Array(FIRST_SLOTS);
  readonly seed: number;
  #used = 0;

  constructor(seed = newSeed()) {
    this.seed = seed;
  }

  /** All keys of another store, which cannot take more. */
  static from(other: KeyStore, count: number): HeapKeys {
    const moved = new HeapKeys(other.seed);
    for (let id = 0; id < count; id++) moved.put(id, other.arena, other.starts[id] as number, other.ends[id] as number);
    moved.successors.set(other.successors.subarray(0, count));
    moved.hashes.set(other.hashes.subarray(0, count));
    moved.slots = other.slots.slice();
    return moved;
  }

  doubleSlots(): void {
    this.slots = new Int32Array(2 * this.slots.length);
  }

  put(id: number, bytes: Buffer, start: number, end: number): KeyStore {
    if (id === this.starts.length) this.#growEntries();
    const keyEnd = this.#used + end - start;
    if (keyEnd > this.arena.length) this.#growArena(keyEnd);
    bytes.copy(this.arena, this.#used, start, end);
    this.starts[id] = this.#used;
    this.ends[id] = keyEnd;
    this.successors[id] = -1;
    this.#used = keyEnd;
    return this;
  }

  #growEntries(): void {
    const size = 2 * this.starts.length;
    this.starts = grown(this.starts, new Uint32Array(size));
    this.ends = grown(this.ends, new Uint32Array(size));
    this.successors = grown(this.successors, new Int32Array(size));
    this.hashes = grown(this.hashes, new Int32Array(size));
  }

  #growArena(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.arena.length));
    this.arena.copy(larger, 0, 0, this.#used);
    this.arena = larger;
    this.view = viewOf(larger);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

export function newSeed(): number {
  return (Math.random() * 0x7fffffff) | 0;
}

/** Murmur-like mix of 32-bit words, the same as in kernel.as. */
function hashOf(bytes: Buffer, start: number, end: number, seed: number): number {
  let hash = seed ^ (end - start);
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const word =
      (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24);
    hash = Math.imul(hash ^ Math.imul(word, 0xcc9e2d51), 0x1b873593);
    hash ^= hash >>> 15;
  }
  for (; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
