/**
 * The symbols of a remote-write 2.0 request (field 4 of io.prometheus.write.v2.Request), kept from request to request
 * and only ever appended to, so that a series' references stay valid as long as the table.
 */
export class SymbolTable {
  readonly #references = new Map<string, number>();
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  constructor() {
    this.#referenceOf('');
  }

  /** The encoded symbols; valid until the next series is added. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** @returns the labels as field 1 of a TimeSeries: packed references, name and value in turn */
  encodeLabels(labels: string[]): Uint8Array {
    const references: number[] = [];
    for (const label of labels) pushVarint(references, this.#referenceOf(label));
    const head = [0x0a];
    pushVarint(head, references.length);
    return Uint8Array.from([...head, ...references]);
  }

  #referenceOf(text: string): number {
    const known = this.#references.get(text);
    if (known !== undefined) return known;
    const reference = this.#references.size;
    this.#references.set(text, reference);
    const size = Buffer.byteLength(text);
    const head = [0x22];
    pushVarint(head, size);
    this.#reserve(head.length + size);
    this.#bytes.set(head, this.#length);
    this.#length += head.length;
    this.#length += this.#bytes.write(text, this.#length);
    return reference;
  }

  #reserve(extra: number): void {
    if (this.#length + extra <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + extra));
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}

function pushVarint(target: number[], value: number): void {
  let rest = value;
  while (rest > 127) {
    target.push((rest & 127) | 128);
    rest >>>= 7;
  }
  target.push(rest);
}
