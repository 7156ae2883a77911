import { isUtf8 } from 'node:buffer';
import { canonicalSeries, type LabelPair, type Refusal, type Series } from './labels.ts';
import type { IngestLimits } from './limits.ts';
import { SeriesKeys } from './series-keys.ts';
import { SeriesStore } from './series-store.ts';
import { WasmKernel } from './wasm/kernel.ts';
import { MalformedBody } from './wire.ts';

/** What decodes the usual form of requests: WebAssembly where the runtime has it, or TypeScript, which does everything else in any case. */
export type KernelKind = 'wasm' | 'typescript';

/** Longest label set that is looked up at all, as it is sent and written out, so that no hostile set is ever remembered at full length. */
export const MAX_KEY_BYTES = 256 * 1024;
export const TOO_LARGE: Refusal = { refused: `label set over ${MAX_KEY_BYTES} bytes` };
const ODD_REFERENCES: Refusal = { refused: 'odd number of label references' };
export const INVALID_UTF8: Refusal = { refused: 'label is not valid UTF-8' };

/** Field 1 of a series in remote write 1.0. */
const LABEL_TAG = 0x0a;
/** Two megabytes in all. */
const MAX_TAILS = 1024;
const MAX_TAIL_BYTES = 2048;
/** Ids of the two parts of a set. */
const partIds = Buffer.alloc(8);

/** Remembered as text: an error would hold its stack. */
type Malformed = { malformed: string };

/** Reads label pairs; one more than `maxLabels` of them is enough to refuse the set. */
export type ParseLabels = (bytes: Buffer, start: number, end: number, maxLabels: number) => LabelPair[] | Refusal;

type Read = (start: number, end: number) => LabelPair[] | Refusal;

/**
 * Every label set seen, once. Decoders look raw label bytes up here; only the first sight of a set is parsed, validated and
 * hashed. Sets that are refused are remembered too, so that a sender that repeats them costs no more.
 */
export class SeriesTable {
  readonly store = new SeriesStore();
  readonly #kernelKind: KernelKind;
  readonly #haReplicaLabel: string;
  /** The limits that decided which sets were refused. */
  readonly limits: IngestLimits;
  #v1: SeriesKeys<number | Refusal | Malformed> | undefined;
  #v2: SeriesKeys<number | Refusal> | undefined;
  /** The last set of symbols at first sight, and what it says: the next one differs from it in few labels. */
  #lastSet: { key: Buffer; pairs: LabelPair[] } = { key: Buffer.alloc(0), pairs: [] };
  /** What tails that came of late say: at first sight the series of a container's many metrics follow one another closely. */
  readonly #tails = new Map<number, LabelPair[]>();

  constructor(haReplicaLabel: string, limits: IngestLimits, kernel: KernelKind = 'wasm') {
    this.#haReplicaLabel = haReplicaLabel;
    this.limits = limits;
    this.#kernelKind = kernel;
  }

  /** Label bytes of remote write 1.0: a set is its first label and all others, which many metrics of one container share. */
  get v1(): SeriesKeys<number | Refusal | Malformed> {
    // Not before the first request of the version: keys that nobody sends take no memory.
    this.#v1 ??= new SeriesKeys(this.#newKernel(1));
    return this.#v1;
  }

  /** Symbols of remote write 2.0: a set is names and values alternating. */
  get v2(): SeriesKeys<number | Refusal> {
    this.#v2 ??= new SeriesKeys(this.#newKernel(2));
    return this.#v2;
  }

  #newKernel(version: 1 | 2): WasmKernel | undefined {
    return this.#kernelKind === 'wasm' ? tryKernel(version) : undefined;
  }

  seriesAt(index: number): Series {
    return this.store.at(index);
  }

  /** Distinct keys held, refused ones included: what MAX_OPEN_SERIES bounds. */
  get size(): number {
    return (this.#v1?.sets.count ?? 0) + (this.#v2?.sets.count ?? 0);
  }

  /** Bytes of the keys and of the label sets written out: what MAX_SERIES_BYTES bounds. */
  get bytes(): number {
    return (this.#v1?.bytes ?? 0) + (this.#v2?.bytes ?? 0) + this.store.bytes;
  }

  /** @returns where the label set ends that is expected next, if it stands at `start`; else -1 */
  expectedEndV1(bytes: Buffer, start: number, end: number): number {
    const { parts, sets, expected } = this.v1;
    if (expected < 0) return -1;
    const ids = sets.startOf(expected);
    const headEnd = parts.endIfAt(sets.view.getUint32(ids, true), bytes, start, end);
    return headEnd < 0 ? -1 : parts.endIfAt(sets.view.getUint32(ids + 4, true), bytes, headEnd, end);
  }

  /** The series of the set that `expectedEndV1` found. @throws MalformedBody as `ofV1` does */
  expectedV1(): number | Refusal {
    return seriesOrThrow(this.v1.takeExpected());
  }

  /**
   * @param end at most MAX_KEY_BYTES behind start
   * @param parse reads the label pairs out of bytes[start, end); called only at their first sight
   * @throws MalformedBody when they cannot be decoded, at every sight
   */
  ofV1(bytes: Buffer, start: number, end: number, parse: ParseLabels): number | Refusal {
    const { parts } = this.v1;
    const headEnd = firstLabelEnd(bytes, start, end);
    const tail = parts.idOf(bytes, headEnd, end, -1);
    partIds.writeUInt32LE(parts.idOf(bytes, start, headEnd, -1), 0);
    partIds.writeUInt32LE(tail, 4);
    const read: Read = (from, to) => parse(bytes, from, to, this.limits.maxLabels);
    return seriesOrThrow(this.v1.entryOf(partIds, partIds.length, () => this.#indexOfRaw(read, start, headEnd, end, tail)));
  }

  /** @param key the set's symbol ids (uint32, little endian), names and values alternating; at most MAX_KEY_BYTES */
  ofV2(key: Buffer, length: number): number | Refusal {
    if (length % 8 !== 0) return ODD_REFERENCES;
    return this.v2.entryOf(key, length, () => this.indexOfSet(this.#pairsOfSymbols(key, length)));
  }

  /** Index of a label set that no sender sent as such. */
  indexOfSet(pairs: LabelPair[] | Refusal): number | Refusal {
    if ('refused' in pairs) return pairs;
    const series = canonicalSeries(pairs, this.#haReplicaLabel, this.limits);
    if ('refused' in series) return series;
    return this.store.add(series);
  }

  #pairsOfSymbols(key: Buffer, length: number): LabelPair[] | Refusal {
    const last = this.#lastSet;
    const pairs: LabelPair[] = [];
    for (let at = 0; at < length && pairs.length <= this.limits.maxLabels; at += 8) {
      const before = last.pairs[pairs.length];
      const isSameName = before !== undefined && key.readUInt32LE(at) === last.key.readUInt32LE(at);
      if (isSameName && key.readUInt32LE(at + 4) === last.key.readUInt32LE(at + 4)) {
        pairs.push(before);
        continue;
      }
      const name = isSameName ? before[0] : this.#textOfSymbol(key.readUInt32LE(at));
      const value = this.#textOfSymbol(key.readUInt32LE(at + 4));
      if (name === undefined || value === undefined) return INVALID_UTF8;
      pairs.push([name, value]);
    }
    this.#lastSet = { key: Buffer.from(key.subarray(0, length)), pairs };
    return pairs;
  }

  #textOfSymbol(symbol: number): string | undefined {
    const { parts } = this.v2;
    return textAt(parts.arena, parts.startOf(symbol), parts.endOf(symbol));
  }

  #indexOfRaw(read: Read, start: number, headEnd: number, end: number, tail: number): number | Refusal | Malformed {
    try {
      const first = read(start, headEnd);
      const others = this.#tails.get(tail) ?? read(headEnd, end);
      if ('refused' in first) return first;
      if ('refused' in others) return others;
      if (end - headEnd <= MAX_TAIL_BYTES) this.#rememberTail(tail, others);
      return this.indexOfSet([...first, ...others]);
    } catch (error) {
      if (error instanceof MalformedBody) return { malformed: error.message };
      throw error;
    }
  }

  #rememberTail(tail: number, pairs: LabelPair[]): void {
    if (this.#tails.size >= MAX_TAILS) this.#tails.clear();
    this.#tails.set(tail, pairs);
  }
}

/** Any border would do that depends on these bytes alone; this one has the name of the metric before it and its container's labels behind it. */
function firstLabelEnd(bytes: Buffer, start: number, end: number): number {
  const length = bytes[start + 1] as number;
  return start + 2 + length <= end && bytes[start] === LABEL_TAG && length < 0x80 ? start + 2 + length : start;
}

function seriesOrThrow(series: number | Refusal | Malformed): number | Refusal {
  if (typeof series === 'object' && 'malformed' in series) throw new MalformedBody(series.malformed);
  return series;
}

function tryKernel(version: 1 | 2): WasmKernel | undefined {
  try {
    return new WasmKernel(version);
  } catch {
    return undefined;
  }
}

/** @returns the text of bytes[start, end), or undefined when they are not UTF-8 */
export function textAt(bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.toString('utf8', start, end);
  // What takes the place of bytes that are none; it may also have been sent.
  return text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end)) ? undefined : text;
}
