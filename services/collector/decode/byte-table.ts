const EMPTY = 0;
/** Start, hash, successor and a half-filled slot of each key, as much again for arrays that have just doubled. */
const ENTRY_BYTES = 32;
/** From here on a call of the runtime compares faster than a loop. */
const LONG = 64;

/**
 * Gives every distinct byte string a dense id, in order of first sight. Senders repeat the order of their last request, so the id
 * that followed `after` last time is tried first: the usual cost of a lookup is one compare, without hashing.
 */
export class ByteTable {
  count = 0;
  /** Bytes of all keys held. */
  keyBytes = 0;
  #arena = Buffer.allocUnsafeSlow(1 << 16);
  #view = viewOf(this.#arena);
  #starts = new Uint32Array(1 << 10);
  #hashes = new Int32Array(1 << 10);
  #successors = new Int32Array(1 << 10).fill(-1);
  #slots = new Int32Array(1 << 11);
  // Seeded, so that a sender cannot choose keys that all collide.
  readonly #seed = (Math.random() * 0x7fffffff) | 0;

  /** What the table takes, for memory budgets: short keys cost more than their bytes. */
  get bytes(): number {
    return this.keyBytes + this.count * ENTRY_BYTES;
  }

  /** @returns the id of bytes[start, end); a new id equals the `count` from before the call */
  idOf(bytes: Buffer, start: number, end: number, after: number): number {
    if (after >= 0) {
      const predicted = this.#successors[after] as number;
      if (predicted >= 0 && this.#holds(predicted, bytes, start, end)) return predicted;
    }
    const id = this.#find(bytes, start, end);
    if (after >= 0) this.#successors[after] = id;
    return id;
  }

  /** @returns the end of the key that followed `after` last time, where it stands at bytes[start, …end); else -1 */
  expectedEnd(bytes: Buffer, start: number, end: number, after: number): number {
    const predicted = this.successorOf(after);
    if (predicted < 0) return -1;
    const keyEnd = start + this.endOf(predicted) - (this.#starts[predicted] as number);
    return keyEnd <= end && this.#holds(predicted, bytes, start, keyEnd) ? keyEnd : -1;
  }

  /** The id that followed `after` last time; -1 for none. */
  successorOf(after: number): number {
    return after < 0 ? -1 : (this.#successors[after] as number);
  }

  /** Where the key of an id lies in `view`, until the next `idOf`. */
  startOf(id: number): number {
    return this.#starts[id] as number;
  }

  endOf(id: number): number {
    return id + 1 < this.count ? (this.#starts[id + 1] as number) : this.keyBytes;
  }

  /** All keys, one behind the other. */
  get view(): DataView {
    return this.#view;
  }

  /** The key of an id; valid until the next `idOf`. */
  keyOf(id: number): Buffer {
    return this.#arena.subarray(this.#starts[id], this.endOf(id));
  }

  #find(bytes: Buffer, start: number, end: number): number {
    const hash = hashOf(bytes, start, end, this.#seed);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let held = this.#slots[slot] as number; held !== EMPTY; held = this.#slots[slot] as number) {
      if (this.#hashes[held - 1] === hash && this.#holds(held - 1, bytes, start, end)) return held - 1;
      slot = (slot + 1) & mask;
    }
    return this.#add(bytes, start, end, hash, slot);
  }

  #holds(id: number, bytes: Buffer, start: number, end: number): boolean {
    const from = this.#starts[id] as number;
    const length = end - start;
    if (this.endOf(id) - from !== length) return false;
    if (length >= LONG) return this.#arena.compare(bytes, start, end, from, from + length) === 0;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== this.#arena[from + i]) return false;
    return true;
  }

  #add(bytes: Buffer, start: number, end: number, hash: number, slot: number): number {
    const id = this.count;
    if (id === this.#starts.length) this.#growIds();
    const needed = this.keyBytes + end - start;
    if (needed > this.#arena.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#arena.length * 2));
      this.#arena.copy(larger, 0, 0, this.keyBytes);
      this.#arena = larger;
      this.#view = viewOf(larger);
    }
    bytes.copy(this.#arena, this.keyBytes, start, end);
    this.#starts[id] = this.keyBytes;
    this.#hashes[id] = hash;
    this.#slots[slot] = id + 1;
    this.keyBytes = needed;
    this.count++;
    if (this.count * 2 > this.#slots.length) this.#growSlots();
    return id;
  }

  #growIds(): void {
    const size = this.#starts.length * 2;
    this.#starts = grown(this.#starts, new Uint32Array(size));
    this.#hashes = grown(this.#hashes, new Int32Array(size));
    this.#successors = grown(this.#successors, new Int32Array(size).fill(-1));
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = (this.#hashes[id] as number) & mask;
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#slots[slot] = id + 1;
    }
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

function grown<T extends Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Murmur-like mix of 32-bit words. */
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
