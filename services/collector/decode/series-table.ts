import { isUtf8 } from 'node:buffer';
import { ByteTable } from './byte-table.ts';
import { canonicalSeries, type LabelPair, type Refusal, type Series } from './labels.ts';
import type { IngestLimits } from './limits.ts';
import { SeriesStore } from './series-store.ts';
import { type RowSink, WasmKernel } from './wasm/kernel.ts';
import { MalformedBody, type Wire } from './wire.ts';

/** What decodes the usual form of requests: WebAssembly where the runtime has it, or TypeScript, which does everything else in any case. */
export type KernelKind = 'wasm' | 'typescript';

/** Longest label set that is looked up at all, as it is sent and written out, so that no hostile set is ever remembered at full length. */
export const MAX_KEY_BYTES = 256 * 1024;
export const TOO_LARGE: Refusal = { refused: `label set over ${MAX_KEY_BYTES} bytes` };
const ODD_REFERENCES: Refusal = { refused: 'odd number of label references' };
export const INVALID_UTF8: Refusal = { refused: 'label is not valid UTF-8' };

/** Remembered as text: an error would hold its stack. */
type Malformed = { malformed: string };

/** Reads label pairs; one more than `maxLabels` of them is enough to refuse the set. */
export type ParseLabels = (bytes: Buffer, start: number, end: number, maxLabels: number) => LabelPair[] | Refusal;

/**
 * Every label set seen, once. Decoders look raw label bytes up here; only the first sight of a set is parsed, validated and
 * hashed. Sets that are refused are remembered too, so that a sender that repeats them costs no more.
 */
export class SeriesTable {
  readonly store = new SeriesStore();
  /** Symbols of remote write 2.0; the key of a set is its sequence of symbol ids. */
  readonly symbols = new ByteTable();
  /** Keys of remote write 2.0 sets. */
  keysV2 = new ByteTable();
  #rawV1 = new ByteTable();
  readonly #kernels = new Map<1 | 2, WasmKernel | undefined>();
  readonly #kernelKind: KernelKind;
  readonly #seriesOfV1: (number | Refusal | Malformed)[] = [];
  readonly #seriesOfV2: (number | Refusal)[] = [];
  readonly #haReplicaLabel: string;
  /** The limits that decided which sets were refused. */
  readonly limits: IngestLimits;
  #lastV1 = -1;
  #lastV2 = -1;

  constructor(haReplicaLabel: string, limits: IngestLimits, kernel: KernelKind = 'wasm') {
    this.#haReplicaLabel = haReplicaLabel;
    this.limits = limits;
    this.#kernelKind = kernel;
  }

  /** The kernel that holds the keys of a version; undefined where there is none, or no longer: then TypeScript does all of it. */
  kernelOf(version: 1 | 2): WasmKernel | undefined {
    if (!this.#kernels.has(version)) this.#openKernel(version);
    const kernel = this.#kernels.get(version);
    return kernel === this.keysOf(version).store ? kernel : undefined;
  }

  keysOf(version: 1 | 2): ByteTable {
    return version === 1 ? this.#rawV1 : this.keysV2;
  }

  /** Takes the series that stand next as long as each is the expected one. */
  walk(kernel: WasmKernel, version: 1 | 2, wire: Wire, to: RowSink): void {
    // Keys that moved away in mid-request are unknown to it.
    if (kernel !== this.keysOf(version).store) return;
    if (version === 1) this.#lastV1 = kernel.walk(wire, this.#lastV1, to);
    else this.#lastV2 = kernel.walk(wire, this.#lastV2, to);
  }

  /** At the first request of a version, so that the keys of a version that nobody sends take no memory. */
  #openKernel(version: 1 | 2): void {
    const kernel = this.#kernelKind === 'wasm' ? tryKernel(version) : undefined;
    this.#kernels.set(version, kernel);
    if (!kernel) return;
    if (version === 1) this.#rawV1 = new ByteTable(kernel);
    else this.keysV2 = new ByteTable(kernel);
  }

  /** Lets the kernel know which series a new key has. */
  #teach(version: 1 | 2, key: number, series: unknown): void {
    const kernel = this.#kernels.get(version);
    if (kernel && kernel === this.keysOf(version).store) kernel.seriesOf[key] = typeof series === 'number' ? series : -1;
  }

  seriesAt(index: number): Series {
    return this.store.at(index);
  }

  /** Distinct keys held, refused ones included: what MAX_OPEN_SERIES bounds. */
  get size(): number {
    return this.#rawV1.count + this.keysV2.count;
  }

  /** Bytes of the keys and of the label sets written out: what MAX_SERIES_BYTES bounds. */
  get bytes(): number {
    return this.#rawV1.bytes + this.keysV2.bytes + this.symbols.bytes + this.store.bytes;
  }

  /** @returns where the label set ends that is expected next, if it stands at `start`; else -1 */
  expectedEndV1(bytes: Buffer, start: number, end: number): number {
    return this.#rawV1.expectedEnd(bytes, start, end, this.#lastV1);
  }

  /** The series of the set that `expectedEndV1` found. @throws MalformedBody as `ofV1` does */
  expectedV1(): number | Refusal {
    this.#lastV1 = this.#rawV1.successorOf(this.#lastV1);
    return this.#lastSeriesV1();
  }

  /**
   * @param end at most MAX_KEY_BYTES behind start
   * @param parse reads the label pairs out of bytes[start, end); called only at their first sight
   * @throws MalformedBody when they cannot be decoded, at every sight
   */
  ofV1(bytes: Buffer, start: number, end: number, parse: ParseLabels): number | Refusal {
    const known = this.#rawV1.count;
    this.#lastV1 = this.#rawV1.idOf(bytes, start, end, this.#lastV1);
    if (this.#lastV1 === known) {
      this.#seriesOfV1.push(this.#indexOfRaw(bytes, start, end, parse));
      this.#teach(1, known, this.#seriesOfV1[known]);
    }
    return this.#lastSeriesV1();
  }

  /** Id in `keysV2` of the set that is expected next; -1 for none. */
  expectedKeyV2(): number {
    return this.keysV2.successorOf(this.#lastV2);
  }

  /** The series of the set that `expectedKeyV2` gave. */
  expectedV2(): number | Refusal {
    this.#lastV2 = this.keysV2.successorOf(this.#lastV2);
    return this.#seriesOfV2[this.#lastV2] as number | Refusal;
  }

  /** @param key the set's symbol ids (uint32, little endian), names and values alternating; at most MAX_KEY_BYTES */
  ofV2(key: Buffer, length: number): number | Refusal {
    if (length % 8 !== 0) return ODD_REFERENCES;
    const known = this.keysV2.count;
    this.#lastV2 = this.keysV2.idOf(key, 0, length, this.#lastV2);
    if (this.#lastV2 === known) {
      this.#seriesOfV2.push(this.indexOfSet(this.#pairsOfSymbols(key, length)));
      this.#teach(2, known, this.#seriesOfV2[known]);
    }
    return this.#seriesOfV2[this.#lastV2] as number | Refusal;
  }

  /** Index of a label set that no sender sent as such. */
  indexOfSet(pairs: LabelPair[] | Refusal): number | Refusal {
    if ('refused' in pairs) return pairs;
    const series = canonicalSeries(pairs, this.#haReplicaLabel, this.limits);
    if ('refused' in series) return series;
    return this.store.add(series);
  }

  #lastSeriesV1(): number | Refusal {
    const series = this.#seriesOfV1[this.#lastV1] as number | Refusal | Malformed;
    if (typeof series === 'object' && 'malformed' in series) throw new MalformedBody(series.malformed);
    return series;
  }

  #pairsOfSymbols(key: Buffer, length: number): LabelPair[] | Refusal {
    const pairs: LabelPair[] = [];
    for (let at = 0; at < length && pairs.length <= this.limits.maxLabels; at += 8) {
      const name = textOf(this.symbols.keyOf(key.readUInt32LE(at)));
      const value = textOf(this.symbols.keyOf(key.readUInt32LE(at + 4)));
      if (name === undefined || value === undefined) return INVALID_UTF8;
      pairs.push([name, value]);
    }
    return pairs;
  }

  #indexOfRaw(bytes: Buffer, start: number, end: number, parse: ParseLabels): number | Refusal | Malformed {
    try {
      return this.indexOfSet(parse(bytes, start, end, this.limits.maxLabels));
    } catch (error) {
      if (error instanceof MalformedBody) return { malformed: error.message };
      throw error;
    }
  }
}

function tryKernel(version: 1 | 2): WasmKernel | undefined {
  try {
    return new WasmKernel(version);
  } catch {
    return undefined;
  }
}

/** @returns the text, or undefined when the bytes are not UTF-8 */
export function textOf(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString() : undefined;
}
