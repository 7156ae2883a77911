import { lakeRows } from '../support/load-lake.ts';
import { LoadRequests, type LoadSeries } from '../support/load-requests.ts';

/** What a request of a ledger holds. */
export type RequestSize = { series: number; steps: number };
const SMALL: RequestSize = { series: 100, steps: 5 };
const STEP_MS = 1000;
const HOUR_MS = 3_600_000;
/** Every 50th value is one of those whose bits are easily lost: the staleness marker, a NaN with a payload, -0, the infinities. */
const AWKWARD = [0x7ff0000000000002n, 0x7ff8000000000abcn, 0x8000000000000000n, 0x7ff0000000000000n, 0xfff0000000000000n];

export type Fault = { round: number; text: string };

/**
 * What was sent, in which round, and what of it was acknowledged. The value of a sample follows from its series and time, so that every
 * row that comes back can be checked by itself.
 */
export class Ledger {
  readonly shards: number;
  readonly #size: RequestSize;
  readonly #startMs: number;
  readonly #requests: LoadRequests[];
  readonly #next: number[];
  /** By shard and step: the round of the request plus 1, or 0 when it was never sent. */
  readonly #rounds: number[][];
  readonly #acknowledged: boolean[][];
  acknowledged = 0;

  /** @param dayMs start of a UTC day; all times lie in it, and the shards lie 15 min apart: hours get late samples all the time */
  constructor(shards: number, dayMs: number, size: RequestSize = SMALL) {
    this.shards = shards;
    this.#size = size;
    this.#startMs = dayMs + 4 * HOUR_MS;
    this.#requests = Array.from({ length: shards }, (_, shard) => new LoadRequests(seriesOf(shard, size.series), versionOf(shard)));
    this.#next = new Array<number>(shards).fill(0);
    this.#rounds = Array.from({ length: shards }, () => []);
    this.#acknowledged = Array.from({ length: shards }, () => []);
  }

  /** @returns the shard's next request and what to call once it is acknowledged */
  next(shard: number, round: number): { body: Buffer; acknowledge: () => void } {
    const first = this.#next[shard] as number;
    const steps = Array.from({ length: this.#size.steps }, (_, at) => first + at);
    this.#next[shard] = first + this.#size.steps;
    for (const step of steps) (this.#rounds[shard] as number[])[step] = round + 1;
    const times = steps.map((step) => this.#timeOf(shard, step));
    const body = (this.#requests[shard] as LoadRequests).make(
      () => times,
      (view, at, series, timeMs) => view.setBigUint64(at, bitsOf(shard * this.#size.series + series, this.#stepOf(shard, timeMs)), true),
    );
    return {
      body,
      acknowledge: () => {
        for (const step of steps) (this.#acknowledged[shard] as boolean[])[step] = true;
        this.acknowledged += steps.length * this.#size.series;
      },
    };
  }

  /** Holds the lake against the ledger: acknowledged samples once, others once at most, bits as sent. */
  async faults(lakeDir: string): Promise<Fault[]> {
    const faults: Fault[] = [];
    const found = Array.from({ length: this.shards * this.#size.series }, () => new Uint8Array(Math.max(...this.#next)));
    const sql = `SELECT pod[6:]::INTEGER, epoch_ms(ts), value::BIT::UBIGINT FROM read_parquet($samples, hive_partitioning = false)`;
    for await (const [series, time, bits] of lakeRows(lakeDir, sql) as AsyncGenerator<[number, bigint, bigint | null]>) {
      const shard = Math.floor(series / this.#size.series);
      const step = this.#stepOf(shard, Number(time));
      const counts = found[series] as Uint8Array;
      const round = this.#roundOf(shard, step);
      if (round < 0) faults.push({ round, text: `series ${series} step ${step} was never sent` });
      else if ((bits ?? AWKWARD[0]) !== bitsOf(series, step))
        faults.push({ round, text: `series ${series} step ${step} has bits ${bits}` });
      if (++(counts[step] as number) === 2) faults.push({ round, text: `series ${series} step ${step} is there twice` });
    }
    for (const [series, counts] of found.entries()) {
      const shard = Math.floor(series / this.#size.series);
      for (let step = 0; step < (this.#next[shard] as number); step++) {
        if (counts[step] === 0 && this.#acknowledged[shard]?.[step])
          faults.push({ round: this.#roundOf(shard, step), text: `series ${series} step ${step} was acknowledged and is lost` });
      }
    }
    return faults;
  }

  #timeOf(shard: number, step: number): number {
    return this.#startMs + shard * (HOUR_MS / 4) + step * STEP_MS;
  }

  #stepOf(shard: number, timeMs: number): number {
    return (timeMs - this.#timeOf(shard, 0)) / STEP_MS;
  }

  #roundOf(shard: number, step: number): number {
    return (this.#rounds[shard]?.[step] ?? 0) - 1;
  }
}

/** Both protocol versions, side by side. */
export function versionOf(shard: number): 1 | 2 {
  return shard % 2 === 0 ? 1 : 2;
}

function seriesOf(shard: number, count: number): LoadSeries[] {
  return Array.from({ length: count }, (_, at) => {
    const pod = `load-${String(shard * count + at).padStart(6, '0')}`;
    return {
      type: 'gauge',
      labels: [
        ['__name__', `crash_${at % 7}`],
        ['cpu', 'total'],
        ['namespace', `shop-${shard}`],
        ['pod', pod],
      ],
    };
  });
}

const scratch = new DataView(new ArrayBuffer(8));

function bitsOf(series: number, step: number): bigint {
  const mix = Math.imul(series * 31 + step, 0x9e3779b1) >>> 8;
  if (mix % 50 === 0) return AWKWARD[(series + step) % AWKWARD.length] as bigint;
  scratch.setFloat64(0, series + step / 1024);
  return scratch.getBigUint64(0);
}
