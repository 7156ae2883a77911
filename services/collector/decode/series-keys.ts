import { ByteTable } from './byte-table.ts';
import type { WasmKernel } from './wasm/kernel.ts';

/**
 * The label sets of one version of remote write as their senders write them. A set is a sequence of parts, each of which is held once: the
 * symbols of remote write 2.0, or the two ends of a set's bytes in 1.0. Every set has an entry, in order of first sight.
 */
export class SeriesKeys<Entry> {
  readonly parts: ByteTable;
  /** Ids of their parts: uint32, little endian. */
  readonly sets: ByteTable;
  readonly #kernel: WasmKernel | undefined;
  readonly #entries: Entry[] = [];
  readonly #bytesOf: number[] = [];
  #last = -1;
  /** The part that was looked up last, for who looks them up in the order of their sender. */
  lastPart = -1;

  /** @param kernel holds the tables in its memory, for this version alone */
  constructor(kernel?: WasmKernel) {
    this.#kernel = kernel;
    this.parts = new ByteTable(kernel?.parts);
    this.sets = new ByteTable(kernel?.sets);
  }

  /** The kernel, as long as its memory holds the tables. */
  get kernel(): WasmKernel | undefined {
    const kernel = this.#kernel;
    return kernel && kernel.parts === this.parts.store && kernel.sets === this.sets.store ? kernel : undefined;
  }

  get bytes(): number {
    return this.parts.bytes + this.sets.bytes;
  }

  /** Id of the set that followed the last one last time; -1 for none. */
  get expected(): number {
    return this.sets.successorOf(this.#last);
  }

  /** What the parts of the expected set take, one behind the other. */
  get expectedBytes(): number {
    return this.#bytesOf[this.expected] as number;
  }

  /** The entry of the set that is expected, which becomes the last one. */
  takeExpected(): Entry {
    this.#last = this.expected;
    return this.#entries[this.#last] as Entry;
  }

  /**
   * @param ids ids of the parts, `length` bytes of them
   * @param entryOf called at the first sight of a set; a number in it is the index of a series
   */
  entryOf(ids: Buffer, length: number, entryOf: () => Entry): Entry {
    const known = this.sets.count;
    this.#last = this.sets.idOf(ids, 0, length, this.#last);
    if (this.#last === known) {
      const entry = entryOf();
      const bytes = this.#partBytes(ids, length);
      this.#entries.push(entry);
      this.#bytesOf.push(bytes);
      const { kernel } = this;
      if (!kernel) return entry;
      kernel.seriesOf[known] = typeof entry === 'number' ? entry : -1;
      kernel.bytesOf[known] = bytes;
    }
    return this.#entries[this.#last] as Entry;
  }

  /** Takes the sets that stand next as long as each is the expected one. @param walk from one set on; @returns the last that it took */
  walk(walk: (after: number) => number): void {
    this.#last = walk(this.#last);
  }

  #partBytes(ids: Buffer, length: number): number {
    let bytes = 0;
    for (let at = 0; at < length; at += 4) bytes += this.parts.bytesOf(ids.readUInt32LE(at));
    return bytes;
  }
}
