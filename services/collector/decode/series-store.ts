import { LABEL_COLUMNS } from '@tallyship/shared/contracts/columns';
import type { Series } from './labels.ts';

/** Texts of a series by number: the label columns in their order, then these two. */
export const HA_REPLICA_TEXT = LABEL_COLUMNS.length;
export const LABELS_TEXT = HA_REPLICA_TEXT + 1;
export const TEXTS = LABELS_TEXT + 1;

const ID_WORDS = 4;
const WORDS = TEXTS + ID_WORDS;
/** Series a page: a store grows without copying what it has. */
const PAGE_SHIFT = 10;
const IN_PAGE = (1 << PAGE_SHIFT) - 1;
/** Words, and a slot of the index of ids that is at most half full. */
const SERIES_BYTES = 4 * WORDS + 8;
/** A string and its places in a map and a list, beside its characters. */
const TEXT_BYTES = 80;

const idBytes = Buffer.alloc(4 * ID_WORDS);

/**
 * Canonical label sets as numbers: each text is held once and series refer to it, 84 bytes a series. As objects they would take ten times
 * that, most of it in arrays and in texts that are nearly all shared.
 */
export class SeriesStore {
  count = 0;
  readonly #pages: Uint32Array[] = [];
  readonly #texts: string[] = [];
  readonly #textIds = new Map<string, number>();
  #textBytes = 0;
  /** Index + 1 by id, open addressing: ids are hashes already. */
  #slots = new Uint32Array(1 << 11);

  /** Memory for budgets. */
  get bytes(): number {
    return this.count * SERIES_BYTES + this.#textBytes;
  }

  /** @returns its index, the one that it has if it is known */
  add(series: Series): number {
    const id = [0, 8, 16, 24].map((at) => Number.parseInt(series.seriesId.slice(at, at + 8), 16));
    const mask = this.#slots.length - 1;
    let slot = (id[0] as number) & mask;
    for (let held = this.#slots[slot] as number; held !== 0; held = this.#slots[slot] as number) {
      if (this.#hasId(held - 1, id)) return held - 1;
      slot = (slot + 1) & mask;
    }
    const index = this.count++;
    this.#slots[slot] = index + 1;
    if ((index & IN_PAGE) === 0) this.#pages.push(new Uint32Array(WORDS << PAGE_SHIFT));
    const page = this.#pages[index >> PAGE_SHIFT] as Uint32Array;
    let word = WORDS * (index & IN_PAGE);
    for (const text of series.columns) page[word++] = this.#textId(text);
    page[word++] = this.#textId(series.haReplica);
    page[word++] = this.#textId(series.labels);
    page.set(id, word);
    if (2 * this.count > this.#slots.length) this.#growSlots();
    return index;
  }

  at(index: number): Series {
    return {
      columns: LABEL_COLUMNS.map((_, text) => this.textAt(index, text)),
      haReplica: this.textAt(index, HA_REPLICA_TEXT),
      labels: this.textAt(index, LABELS_TEXT),
      seriesId: this.idAt(index),
    };
  }

  /** Always the same string for equal texts, so comparing two is mostly comparing references. */
  textAt(index: number, text: number): string {
    return this.#texts[this.#wordAt(index, text)] as string;
  }

  idAt(index: number): string {
    for (let word = 0; word < ID_WORDS; word++) idBytes.writeUInt32BE(this.#wordAt(index, TEXTS + word), 4 * word);
    return idBytes.toString('hex');
  }

  #wordAt(index: number, word: number): number {
    return (this.#pages[index >> PAGE_SHIFT] as Uint32Array)[WORDS * (index & IN_PAGE) + word] as number;
  }

  #hasId(index: number, id: readonly number[]): boolean {
    return id.every((word, at) => this.#wordAt(index, TEXTS + at) === word);
  }

  #textId(text: string): number {
    const known = this.#textIds.get(text);
    if (known !== undefined) return known;
    const id = this.#texts.push(text) - 1;
    this.#textIds.set(text, id);
    this.#textBytes += text.length + TEXT_BYTES;
    return id;
  }

  #growSlots(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let index = 0; index < this.count; index++) {
      let slot = this.#wordAt(index, TEXTS) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = index + 1;
    }
  }
}

/** The order of series in every file of the lake: by label columns, HA replica, other labels, id. */
export function compareSeries(a: SeriesStore, indexA: number, b: SeriesStore, indexB: number): number {
  for (let text = 0; text < TEXTS; text++) {
    const [value, other] = [a.textAt(indexA, text), b.textAt(indexB, text)];
    if (value !== other) return value < other ? -1 : 1;
  }
  const [id, otherId] = [a.idAt(indexA), b.idAt(indexB)];
  return id < otherId ? -1 : id > otherId ? 1 : 0;
}
