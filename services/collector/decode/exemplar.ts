import { isUtf8 } from 'node:buffer';
import type { BatchBuilder } from './batch.ts';
import { jsonObject, type LabelPair } from './labels.ts';
import { FIXED64, type Wire } from './wire.ts';

/** OpenMetrics: the names and values of an exemplar's labels together. */
const MAX_LABEL_CHARACTERS = 128;
const MAX_CHARACTER_BYTES = 4;

/** A row of `exemplars` begins with the bits of its value, little endian; its labels as JSON follow. */
export const EXEMPLAR_VALUE_BYTES = 8;

/** Reads the field of labels that stands next, in the way of its version. */
export type ReadExemplarLabels = (wire: Wire, labels: ExemplarLabels) => void;

// Labels apart, Exemplar is the same message in remote write 1.0 and 2.0.
const FIELD = { labels: 1, value: 2, timestamp: 3 } as const;

/**
 * Reads the exemplar message that stands next into the builder.
 * @param series -1 for a refused series, whose exemplars are checked for their form alone
 */
export function decodeExemplar(wire: Wire, series: number, readLabels: ReadExemplarLabels, builder: BatchBuilder): void {
  const labels = new ExemplarLabels();
  const value = Buffer.alloc(EXEMPLAR_VALUE_BYTES);
  let timeMs = 0;
  const outer = wire.open();
  while (wire.next()) {
    if (wire.field === FIELD.labels) readLabels(wire, labels);
    else if (wire.field === FIELD.value) {
      wire.expect(FIXED64);
      const at = wire.at;
      wire.advance(8);
      wire.bytes.copy(value, 0, at, at + 8);
    } else if (wire.field === FIELD.timestamp) timeMs = wire.int64();
    else wire.skip();
  }
  wire.close(outer);
  if (series < 0) return;
  const json = labels.toJson();
  if (typeof json === 'object') builder.refusePacked('exemplars', json.refused);
  else builder.packed('exemplars', series, timeMs, Buffer.concat([value, Buffer.from(json)]));
}

/** Gathers the labels of one exemplar, no more of them than may be kept. */
export class ExemplarLabels {
  readonly #pairs: LabelPair[] = [];
  #bytes = 0;
  #characters = 0;
  #name: Buffer | undefined;
  /** The first reason counts. */
  #refused: string | undefined;

  add(name: Buffer, value: Buffer): void {
    this.#refused ??= this.#refusalOf(name, value);
    if (this.#refused === undefined) this.#pairs.push([name.toString(), value.toString()]);
  }

  /** Names and values in turn; undefined for one that a reference does not lead to. */
  addHalf(text: Buffer | undefined): void {
    if (text === undefined) this.#refused ??= 'label reference of an exemplar out of range';
    else if (this.#name === undefined) this.#name = text;
    else {
      this.add(this.#name, text);
      this.#name = undefined;
    }
  }

  /** @returns the labels with keys sorted, empty values left out */
  toJson(): string | { refused: string } {
    if (this.#name !== undefined) this.#refused ??= 'odd number of label references of an exemplar';
    if (this.#refused !== undefined) return { refused: this.#refused };
    return jsonObject(this.#pairs.filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #refusalOf(name: Buffer, value: Buffer): string | undefined {
    // Long ones are not even made into text: references may stand for many large symbols.
    this.#bytes += name.length + value.length;
    if (this.#bytes > MAX_LABEL_CHARACTERS * MAX_CHARACTER_BYTES) return TOO_LONG;
    if (!isUtf8(name) || !isUtf8(value)) return 'exemplar label is not valid UTF-8';
    const key = name.toString();
    this.#characters += lengthOf(key) + lengthOf(value.toString());
    if (this.#characters > MAX_LABEL_CHARACTERS) return TOO_LONG;
    if (key === '') return 'empty label name of an exemplar';
    return this.#pairs.some(([other]) => other === key) ? 'duplicate label name of an exemplar' : undefined;
  }
}

const TOO_LONG = `exemplar labels over ${MAX_LABEL_CHARACTERS} characters`;

/** Characters as UTF-8 counts them, not UTF-16 units. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}
