import type { EventList } from './events.ts';
import { RequestEncoder, sampleTemplate } from './remote-write.ts';
import type { Series, Target } from './scraped-series.ts';
import { SymbolTable } from './symbol-table.ts';

/** Scrape times of one target inside one chunk, with their encoded form. */
type Scrapes = { timesMs: Float64Array; template: Uint8Array };
export type Body = { bytes: Uint8Array; samples: number };

/** A fresh table every few hours keeps the symbols of pods that are gone from travelling along. */
const TABLE_MS = 6 * 3_600_000;

/**
 * Makes the requests of one shard: a fixed part of the series, so that each series keeps its order in time. A chunk of
 * minutes becomes one request in which every series carries all its samples of those minutes.
 */
export class RequestMaker {
  readonly #events: EventList;
  readonly #series: Series[];
  readonly #labels = new Map<Series, Uint8Array>();
  readonly #encoder = new RequestEncoder();
  readonly #values: Float64Array;
  readonly #valueBytes: Uint8Array;
  readonly #valueWords: Uint32Array;
  #symbols = new SymbolTable();
  #symbolsSinceMs = Number.NEGATIVE_INFINITY;

  constructor(events: EventList, series: Series[], chunkMs: number) {
    this.#events = events;
    this.#series = series;
    this.#values = new Float64Array(Math.ceil(chunkMs / events.scrapeIntervalMs) + 1);
    this.#valueBytes = new Uint8Array(this.#values.buffer);
    this.#valueWords = new Uint32Array(this.#values.buffer);
  }

  /** @returns every sample and staleness marker that the shard's targets give in [fromMs, toMs) */
  make(fromMs: number, toMs: number): Body {
    const scrapes = new Map<Target, Scrapes>();
    const live = this.#series.filter((series) => series.fromMs < toMs && series.toMs > fromMs - this.#events.scrapeIntervalMs);
    this.#renewSymbols(fromMs);
    for (const series of live) {
      if (!scrapes.has(series.target)) scrapes.set(series.target, this.#scrapesOf(series.target, fromMs, toMs));
      if (!this.#labels.has(series)) this.#labels.set(series, this.#symbols.encodeLabels(series.labels));
    }
    this.#encoder.begin(this.#symbols.bytes);
    for (const series of live) this.#add(series, scrapes.get(series.target) as Scrapes);
    return { bytes: this.#encoder.compress(), samples: this.#encoder.samples };
  }

  #add(series: Series, { timesMs, template }: Scrapes): void {
    let from = 0;
    while (from < timesMs.length && (timesMs[from] as number) < series.fromMs) from++;
    let to = timesMs.length;
    while (to > from && (timesMs[to - 1] as number) >= series.toMs) to--;
    series.fill(timesMs, from, to, this.#values);
    const end = to < timesMs.length && this.#isMarkedAt(series, timesMs[to] as number) ? to + 1 : to;
    if (end > to) this.#markStale(to);
    if (end > from) this.#encoder.addSeries(this.#labels.get(series) as Uint8Array, template, this.#valueBytes, from, end);
  }

  /** The first scrape after the end marks a series that the scrape before has seen. */
  #isMarkedAt(series: Series, timeMs: number): boolean {
    const previousMs = timeMs - this.#events.scrapeIntervalMs;
    return previousMs >= Math.max(series.fromMs, this.#events.feedFromMs) && previousMs < series.toMs && series.toMs <= timeMs;
  }

  /** The bits of a staleness marker, 0x7ff0000000000002, written as words. */
  #markStale(index: number): void {
    this.#valueWords[index * 2] = 2;
    this.#valueWords[index * 2 + 1] = 0x7ff00000;
  }

  #scrapesOf(target: Target, fromMs: number, toMs: number): Scrapes {
    const { scrapeIntervalMs } = this.#events;
    const firstMs = Math.ceil((fromMs - target.offsetMs) / scrapeIntervalMs) * scrapeIntervalMs + target.offsetMs;
    const count = Math.max(0, Math.ceil((toMs - firstMs) / scrapeIntervalMs));
    const timesMs = Float64Array.from({ length: count }, (_, i) => firstMs + i * scrapeIntervalMs);
    return { timesMs, template: sampleTemplate(timesMs) };
  }

  #renewSymbols(atMs: number): void {
    if (atMs - this.#symbolsSinceMs < TABLE_MS) return;
    this.#symbols = new SymbolTable();
    this.#symbolsSinceMs = atMs;
    this.#labels.clear();
  }
}
