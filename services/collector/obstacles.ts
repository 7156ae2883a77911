import type { Targets } from './hours/targets.ts';
import type { Ingest } from './ingest.ts';
import type { Sealer } from './seal/sealer.ts';
import type { CollectorSettings } from './settings.ts';

type Parts = {
  settings: Pick<CollectorSettings, 'MAX_UNSHIPPED_BYTES' | 'MAX_OPEN_HOURS'>;
  /** For the label sets of hours that wait to be sealed and those in use, together. */
  maxSeriesBytes: number;
  unshippedBytes: () => number;
  targets: Pick<Targets, 'of' | 'bytes'>;
  ingest: Pick<Ingest, 'seriesBytes'>;
  sealers: Pick<Sealer, 'relieve' | 'hurry'>[];
};

/** What stands in the way of taking more. It is asked ahead of every request. */
export class Obstacles {
  readonly #parts: Parts;
  #asking = 0;
  #last: string | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @returns the reason and the setting that says so, absent when there is none; while memory is short not before a seal has freed some */
  async ask(): Promise<string | undefined> {
    this.#asking++;
    try {
      this.#last = await this.#find();
      return this.#last;
    } finally {
      this.#asking--;
    }
  }

  /** Requests wait for a seal or are put off: it is no use that a seal lets them go first. */
  get holdUpRequests(): boolean {
    return this.#asking > 0 || this.#last !== undefined;
  }

  async #find(): Promise<string | undefined> {
    const { settings, maxSeriesBytes, targets, ingest, sealers } = this.#parts;
    const { MAX_UNSHIPPED_BYTES, MAX_OPEN_HOURS } = settings;
    const unshipped = this.#parts.unshippedBytes();
    if (unshipped > MAX_UNSHIPPED_BYTES) {
      return `files that wait for their upload hold ${unshipped} bytes, limit ${MAX_UNSHIPPED_BYTES}; see the shipper, or raise MAX_UNSHIPPED_BYTES`;
    }
    const openHours = targets.of('lake')?.generations.size ?? 0;
    if (openHours > MAX_OPEN_HOURS) {
      return `${openHours} hours of clusters are open, limit ${MAX_OPEN_HOURS}; see who sends old samples or made-up cluster names, or raise MAX_OPEN_HOURS`;
    }
    const { inUse, waiting } = ingest.seriesBytes;
    // What is in use alone is never in the way: the next request replaces it when it is full.
    if (waiting > 0 && inUse + waiting > maxSeriesBytes) {
      for (const sealer of sealers) sealer.hurry();
      return `label sets in use and those that wait to be sealed take ${inUse + waiting} bytes, limit ${maxSeriesBytes}; see who sends ever new series, or raise MAX_SERIES_BYTES, half of the limit, and the memory`;
    }
    const isRelieved = (await Promise.all(sealers.map((sealer) => sealer.relieve()))).every(Boolean);
    return isRelieved
      ? undefined
      : `samples that wait to be sealed take ${targets.bytes} bytes; the log says what keeps them, or raise MAX_OPEN_BYTES`;
  }
}
