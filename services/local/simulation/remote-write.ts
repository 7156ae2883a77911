import { compressSync } from 'snappy';

/** Sample { value = 1: double, timestamp = 2: int64 } with its tag and length: a timestamp of these centuries takes six bytes. */
const SAMPLE_BYTES = 18;
const VALUE_OFFSET = 3;
const TIMESTAMP_OFFSET = 12;
const TIMESTAMP_LIMIT = 2 ** 42;

/** The samples of a run of scrape times as remote write 2.0 has them, with values of 0: copied once a series, then filled. */
export function sampleTemplate(timesMs: Float64Array): Uint8Array {
  const template = new Uint8Array(timesMs.length * SAMPLE_BYTES);
  timesMs.forEach((timeMs, index) => {
    if (timeMs < TIMESTAMP_LIMIT / 128 || timeMs >= TIMESTAMP_LIMIT) throw new RangeError(`time ${timeMs} ms does not take six bytes`);
    const at = index * SAMPLE_BYTES;
    template.set([0x12, SAMPLE_BYTES - 2, 0x09], at);
    template[at + TIMESTAMP_OFFSET - 1] = 0x10;
    for (let byte = 0; byte < 6; byte++) {
      template[at + TIMESTAMP_OFFSET + byte] = (Math.floor(timeMs / 128 ** byte) % 128) | (byte < 5 ? 128 : 0);
    }
  });
  return template;
}

/**
 * Encodes io.prometheus.write.v2.Request (symbols = 4, timeseries = 5 { labels_refs = 1, samples = 2 }) into one buffer
 * that is used again for every request.
 */
export class RequestEncoder {
  #buffer = Buffer.allocUnsafe(1024 * 1024);
  #length = 0;
  #samples = 0;

  get samples(): number {
    return this.#samples;
  }

  begin(symbols: Uint8Array): void {
    this.#length = 0;
    this.#samples = 0;
    this.#reserve(symbols.length);
    this.#buffer.set(symbols, 0);
    this.#length = symbols.length;
  }

  /**
   * Adds one series with the samples [from, to) of a template.
   * @param values little-endian doubles, one a scrape, as bytes: through a JS number a staleness marker would lose its bits
   */
  addSeries(labels: Uint8Array, template: Uint8Array, values: Uint8Array, from: number, to: number): void {
    const size = labels.length + (to - from) * SAMPLE_BYTES;
    this.#reserve(size + 6);
    const buffer = this.#buffer;
    buffer[this.#length++] = 0x2a;
    let rest = size;
    for (; rest > 127; rest >>>= 7) buffer[this.#length++] = (rest & 127) | 128;
    buffer[this.#length++] = rest;
    buffer.set(labels, this.#length);
    this.#length += labels.length;
    buffer.set(template.subarray(from * SAMPLE_BYTES, to * SAMPLE_BYTES), this.#length);
    for (let i = from; i < to; i++) {
      const at = this.#length + VALUE_OFFSET;
      for (let byte = 0; byte < 8; byte++) buffer[at + byte] = values[i * 8 + byte] as number;
      this.#length += SAMPLE_BYTES;
    }
    this.#samples += to - from;
  }

  /** @returns the request, not compressed; valid until the next `begin` */
  get message(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** @returns the request as a body of its own, in snappy's block format */
  compress(): Uint8Array {
    return compressSync(this.#buffer.subarray(0, this.#length), { copyOutputData: true });
  }

  #reserve(extra: number): void {
    if (this.#length + extra <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + extra));
    larger.set(this.message);
    this.#buffer = larger;
  }
}
