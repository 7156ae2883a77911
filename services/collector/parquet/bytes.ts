const SMALLEST_BYTES = 1 << 12;
const LARGEST_FREE_BYTES = 1 << 24;
const MAX_FREE = 4;
const free: Buffer[] = [];

/** Bytes that grow as they are written: the encoders' page buffer. */
export class Bytes {
  #buffer = free.pop() ?? Buffer.allocUnsafe(SMALLEST_BYTES);
  length = 0;

  byte(value: number): void {
    if (this.length === this.#buffer.length) this.#grow(1);
    this.#buffer[this.length++] = value;
  }

  /** Unsigned LEB128 of an integer below 2^53. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** The low `count` bytes of an unsigned 32-bit integer, little endian. */
  word(value: number, count: number): void {
    for (let i = 0; i < count; i++) this.byte((value >>> (8 * i)) & 0xff);
  }

  texts(values: readonly string[]): void {
    for (const value of values) this.text(value);
  }

  /** A Parquet PLAIN byte array: length, then UTF-8. */
  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.word(size, 4);
    if (this.length + size > this.#buffer.length) this.#grow(size);
    this.length += this.#buffer.write(value, this.length);
  }

  raw(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#buffer.length) this.#grow(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  clear(): void {
    this.length = 0;
  }

  take(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  /** Leaves the memory to the next one: pages of megabytes, column after column, would be garbage faster than it is collected. */
  release(): void {
    if (this.#buffer.length <= LARGEST_FREE_BYTES && free.length < MAX_FREE) free.push(this.#buffer);
    this.#buffer = Buffer.alloc(0);
    this.length = 0;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.length + needed, SMALLEST_BYTES));
    this.#buffer.copy(larger, 0, 0, this.length);
    this.#buffer = larger;
  }
}
