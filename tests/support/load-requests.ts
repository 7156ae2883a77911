import { compressSync } from 'snappy';

export type LoadSeries = { labels: readonly (readonly [name: string, value: string])[]; type: 'counter' | 'gauge' };

/** Writes the 8 bytes of the value that a series has at a time. */
export type PutValue = (view: DataView, at: number, series: number, timeMs: number) => void;

/** Media types by remote write version. */
export const CONTENT_TYPES = {
  1: 'application/x-protobuf',
  2: 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
} as const;

const METRIC_TYPES = { counter: 1, gauge: 2 } as const;
const SAMPLE_BYTES = 18;

/**
 * Makes remote write requests that carry the same series again and again, as a scrape loop does: label bytes are encoded once, a
 * request costs its samples alone. Symbols and metadata stand in every 2.0 request, as the protocol demands.
 */
export class LoadRequests {
  readonly series: readonly LoadSeries[];
  readonly #head: Buffer;
  /** A series message up to its samples. */
  readonly #labels: Buffer[];
  /** What follows the samples: metadata of 2.0. */
  readonly #tails: Buffer[];
  readonly #sampleTag: number;
  readonly #seriesTag: number;
  #bytes = Buffer.alloc(1 << 16);

  constructor(series: readonly LoadSeries[], version: 1 | 2) {
    this.series = series;
    this.#seriesTag = version === 1 ? 0x0a : 0x2a;
    this.#sampleTag = 0x12;
    const symbols = new Map<string, number>([['', 0]]);
    const refOf = (text: string) => symbols.get(text) ?? symbols.set(text, symbols.size).size - 1;
    this.#labels = series.map(({ labels }) =>
      version === 1
        ? Buffer.concat(labels.map(([name, value]) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))]))))
        : field(1, Buffer.concat(labels.flatMap(([name, value]) => [varint(refOf(name)), varint(refOf(value))]))),
    );
    this.#tails = series.map(({ labels, type }) => {
      if (version === 1) return Buffer.alloc(0);
      const metric = labels.find(([name]) => name === '__name__')?.[1] ?? '';
      const help = refOf(`Help text of ${metric}, as long as such texts are.`);
      return field(5, Buffer.concat([Buffer.from([0x08, METRIC_TYPES[type], 0x18]), varint(help)]));
    });
    this.#head = version === 1 ? Buffer.alloc(0) : Buffer.concat([...symbols.keys()].map((symbol) => field(4, Buffer.from(symbol))));
  }

  /**
   * @param timesOf sample times of a series, rising
   * @returns the request, compressed
   */
  make(timesOf: (series: number) => readonly number[], putValue: PutValue): Buffer {
    let at = this.#put(this.#head, 0);
    for (let series = 0; series < this.series.length; series++) {
      const times = timesOf(series);
      const labels = this.#labels[series] as Buffer;
      const tail = this.#tails[series] as Buffer;
      const length = labels.length + times.length * SAMPLE_BYTES + tail.length;
      this.#reserve(at + length + 8);
      this.#bytes[at++] = this.#seriesTag;
      at = putVarint(this.#bytes, at, length);
      at = this.#put(labels, at);
      for (const timeMs of times) at = this.#putSample(at, series, timeMs, putValue);
      at = this.#put(tail, at);
    }
    return compressSync(this.#bytes.subarray(0, at));
  }

  /** Always SAMPLE_BYTES long: a time of today takes 6 bytes. */
  #putSample(at: number, series: number, timeMs: number, putValue: PutValue): number {
    const bytes = this.#bytes;
    bytes[at] = this.#sampleTag;
    bytes[at + 1] = SAMPLE_BYTES - 2;
    bytes[at + 2] = 0x09;
    putValue(new DataView(bytes.buffer, bytes.byteOffset), at + 3, series, timeMs);
    bytes[at + 11] = 0x10;
    const end = putVarint(bytes, at + 12, timeMs);
    if (end !== at + SAMPLE_BYTES) throw new Error(`time ${timeMs} does not take 6 bytes`);
    return end;
  }

  #put(part: Buffer, at: number): number {
    this.#reserve(at + part.length);
    part.copy(this.#bytes, at);
    return at + part.length;
  }

  #reserve(bytes: number): void {
    if (bytes > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], Math.max(bytes, this.#bytes.length * 2));
  }
}

/** A length-delimited protobuf field. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(10);
  return bytes.subarray(0, putVarint(bytes, 0, value));
}

function putVarint(bytes: Buffer, at: number, value: number): number {
  let [rest, to] = [value, at];
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[to++] = (rest % 128) | 128;
  bytes[to++] = rest;
  return to;
}
