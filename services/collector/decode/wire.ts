/** A body that cannot be decoded: the request has no effect and is answered 400. */
export class MalformedBody extends Error {
  override name = 'MalformedBody';
}

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;

const TWO_32 = 2 ** 32;
const TWO_64 = 2 ** 64;

/**
 * Reads protobuf fields out of a buffer. It moves strictly forward, and no length leaves the message that holds it.
 * A message is read with `open`, `next` for each field, then `close`; the state is in plain numbers so that reading allocates nothing.
 */
export class Wire {
  bytes: Buffer = Buffer.alloc(0);
  /** The same memory. */
  view: DataView = new DataView(new ArrayBuffer(0));
  at = 0;
  /** End of the message being read. */
  end = 0;
  field = 0;
  type = 0;

  reset(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = 0;
    this.end = bytes.length;
  }

  /** Reads the next field's tag into `field` and `type`. @returns false at the end of the message */
  next(): boolean {
    if (this.at === this.end) return false;
    const first = this.bytes[this.at] as number;
    // Field numbers up to 15 take one byte: nearly all there are.
    if (first < 0x80 && first >= 8) {
      this.at++;
      this.field = first >>> 3;
      this.type = first & 7;
      return true;
    }
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.type = tag % 8;
    if (this.field === 0 || tag >= TWO_32) throw new MalformedBody(`field tag ${tag} at byte ${this.at}`);
    return true;
  }

  /** Enters a length-delimited field. @returns the end of the outer message, for `close` */
  open(): number {
    const length = this.length();
    const outer = this.end;
    this.end = this.at + length;
    return outer;
  }

  close(outer: number): void {
    this.end = outer;
  }

  /** Reads a length prefix and checks that so many bytes follow. */
  length(): number {
    this.expect(LENGTH);
    const length = this.varint();
    if (length > this.end - this.at) throw new MalformedBody(`length ${length} at byte ${this.at} passes the end of its message`);
    return length;
  }

  expect(type: number): void {
    if (this.type !== type) throw new MalformedBody(`field ${this.field} has wire type ${this.type}, not ${type}`);
  }

  skip(): void {
    if (this.type === VARINT) this.varint();
    else if (this.type === LENGTH) this.advance(this.length());
    else if (this.type === FIXED64) this.advance(8);
    else if (this.type === FIXED32) this.advance(4);
    else throw new MalformedBody(`field ${this.field} has wire type ${this.type}`);
  }

  advance(count: number): void {
    if (count > this.end - this.at) throw new MalformedBody(`truncated at byte ${this.at}`);
    this.at += count;
  }

  /** Unsigned varint of up to 64 bits as a number; exact below 2^53, which every caller's range check lies under. */
  varint(): number {
    const { bytes } = this;
    if (this.at < this.end) {
      const first = bytes[this.at] as number;
      if (first < 0x80) {
        this.at++;
        return first;
      }
    }
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 9; i++) {
      if (this.at >= this.end) throw new MalformedBody(`truncated at byte ${this.at}`);
      const byte = bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    if (this.at >= this.end) throw new MalformedBody(`truncated at byte ${this.at}`);
    const tenth = bytes[this.at++] as number;
    if (tenth > 1) throw new MalformedBody(`varint of more than 64 bits at byte ${this.at}`);
    return value + tenth * scale;
  }

  /** int64 varint as a number; exact within +-2^53, beyond it only its size is meaningful. */
  int64(): number {
    this.expect(VARINT);
    const start = this.at;
    const value = this.varint();
    // Two's complement: the sign is the 64th bit, the only one of a tenth byte. The low bits of negatives were rounded away above.
    const isNegative = this.at - start === 10 && this.bytes[this.at - 1] === 1;
    return isNegative ? value - TWO_64 : value;
  }
}
