import assert from 'node:assert/strict';
import protobuf from 'protobufjs';
import { uncompressSync } from 'snappy';
import type { EventList } from '../../../services/local/simulation/events.ts';
import { RequestMaker } from '../../../services/local/simulation/request-maker.ts';
import { makeScenario } from '../../../services/local/simulation/scenario.ts';
import type { Series } from '../../../services/local/simulation/scraped-series.ts';
import { makeSeries } from '../../../services/local/simulation/series.ts';
import { constant, counter, ramp, timeline } from '../../../services/local/simulation/values.ts';
import { integrate } from '../../support/closed-form.ts';

const HOUR_MS = 3_600_000;
const CHUNK_MS = 600_000;
const FROM_MS = Date.UTC(2026, 10, 20, 8);
const STALE_BITS = 0x7ff0000000000002n;

// fixed64 stands for the double, which has the same bytes: a JS number would not keep a marker's bits.
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Sample { fixed64 value = 1; int64 timestamp = 2; }
  message TimeSeries { repeated uint32 labels_refs = 1; repeated Sample samples = 2; }
  message Request { repeated string symbols = 4; repeated TimeSeries timeseries = 5; }`);
const REQUEST = root.lookupType('Request');

type Decoded = { labels: string[]; samples: { timeMs: number; bits: bigint }[] };

function decode(body: Uint8Array): Decoded[] {
  const message = REQUEST.decode(uncompressSync(Buffer.from(body)) as Buffer);
  const { symbols, timeseries } = REQUEST.toObject(message, { longs: String, defaults: true, arrays: true }) as {
    symbols: string[];
    timeseries: { labelsRefs: number[]; samples: { value: string; timestamp: string }[] }[];
  };
  assert.equal(symbols[0], '');
  return timeseries.map(({ labelsRefs, samples }) => ({
    labels: labelsRefs.map((reference) => symbols[reference] as string),
    samples: samples.map(({ value, timestamp }) => ({ timeMs: Number(timestamp), bits: BigInt(value) })),
  }));
}

function bitsOf(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0] as bigint;
}

/** An event list of one hour for series that are made by hand. */
const EVENTS = { feedFromMs: FROM_MS, feedToMs: FROM_MS + HOUR_MS, scrapeIntervalMs: 60_000 } as EventList;
const byHand = (life: Partial<Series>): Series => ({
  labels: ['__name__', 'up', 'job', 'näme "quoted"'],
  target: { offsetMs: 12_345 },
  entity: 0,
  fromMs: FROM_MS,
  toMs: Number.POSITIVE_INFINITY,
  fill: constant(1.5),
  ...life,
});

describe('remote-write requests of the simulation', () => {
  it('hold each scrape at the offset of its target', () => {
    const [series] = decode(new RequestMaker(EVENTS, [byHand({})], CHUNK_MS).make(FROM_MS, FROM_MS + CHUNK_MS).bytes);
    assert.deepEqual(series?.labels, ['__name__', 'up', 'job', 'näme "quoted"']);
    const expected = Array.from({ length: 10 }, (_, minute) => ({ timeMs: FROM_MS + 12_345 + minute * 60_000, bits: bitsOf(1.5) }));
    assert.deepEqual(series?.samples, expected);
  });

  it('mark a series stale at the first scrape after its end, bit by bit, also in the next request', () => {
    for (const endMs of [FROM_MS + 200_000, FROM_MS + CHUNK_MS - 1000, FROM_MS + CHUNK_MS + 12_345]) {
      const maker = new RequestMaker(EVENTS, [byHand({ fromMs: FROM_MS + 90_000, toMs: endMs })], CHUNK_MS);
      const samples = [0, 1, 2].flatMap((chunk) =>
        decode(maker.make(FROM_MS + chunk * CHUNK_MS, FROM_MS + (chunk + 1) * CHUNK_MS).bytes).flatMap((series) => series.samples),
      );
      const values = samples.slice(0, -1);
      assert.ok(
        values.length > 0 && values.every(({ timeMs, bits }) => timeMs >= FROM_MS + 90_000 && timeMs < endMs && bits === bitsOf(1.5)),
      );
      const marker = samples.at(-1);
      assert.equal(marker?.bits, STALE_BITS);
      assert.ok(marker.timeMs >= endMs && marker.timeMs < endMs + 60_000);
    }
  });

  it('send nothing of a series that no scrape has seen', () => {
    const brief = byHand({ fromMs: FROM_MS + 20_000, toMs: FROM_MS + 70_000 });
    const { samples } = new RequestMaker(EVENTS, [brief], CHUNK_MS).make(FROM_MS, FROM_MS + CHUNK_MS);
    assert.equal(samples, 0);
  });

  it('of a whole cluster decode with protobufjs to every series, in time order', () => {
    const events = makeScenario({ fromMs: FROM_MS, toMs: FROM_MS + HOUR_MS, seed: 5 });
    const all = makeSeries(events);
    const maker = new RequestMaker(events, all, CHUNK_MS);
    const lastMs = new Map<string, number>();
    const ended = new Set<string>();
    let samples = 0;
    for (let fromMs = events.feedFromMs; fromMs < events.feedToMs; fromMs += CHUNK_MS) {
      const body = maker.make(fromMs, Math.min(fromMs + CHUNK_MS, events.feedToMs));
      const decoded = decode(body.bytes);
      assert.equal(
        body.samples,
        decoded.reduce((sum, series) => sum + series.samples.length, 0),
      );
      samples += body.samples;
      for (const series of decoded) {
        const name = series.labels.join('\n');
        for (const { timeMs, bits } of series.samples) {
          assert.ok(timeMs > (lastMs.get(name) ?? 0), `${name} goes back in time`);
          lastMs.set(name, timeMs);
          if (bits === STALE_BITS) ended.add(name);
        }
      }
    }
    assert.ok(samples > 780_000 && samples < 920_000, `${samples} samples`);
    assert.ok(ended.size > 500, `${ended.size} series ended`);
    assert.ok(lastMs.size > 13_000 && lastMs.size <= new Set(all.map(({ labels }) => labels.join('\n'))).size);
  });
});

describe('values of the simulation', () => {
  const times = Float64Array.from({ length: 60 }, (_, minute) => FROM_MS + minute * 60_000 + 7);
  const valuesOf = (fill: ReturnType<typeof constant>) => {
    const out = new Float64Array(times.length);
    fill(times, 0, times.length, out);
    return out;
  };

  it('of a counter are the integral of the use since the start or the last reset', () => {
    const shapes = [
      { kind: 'sine' as const, mean: 0.4, amplitude: 0.3, periodMs: 1_900_000, phaseMs: 123_456 },
      { kind: 'steps' as const, steps: [500, 1000, 1700].map((second, i) => ({ atMs: FROM_MS + second * 1000, level: i + 0.25 })) },
    ];
    for (const shape of shapes) {
      const startMs = FROM_MS - 86_400_000;
      const resetMs = FROM_MS + 1_234_567;
      const values = valuesOf(counter(shape, startMs, [resetMs]));
      times.forEach((timeMs, i) => {
        const expected = integrate(shape, timeMs < resetMs ? startMs : resetMs, timeMs);
        assert.ok(Math.abs((values[i] as number) - expected) < 1e-6, `${shape.kind} at ${i}: ${values[i]}, expected ${expected}`);
      });
    }
  });

  it('of a timeline change at their times', () => {
    const changes = [
      { atMs: FROM_MS + 120_000, value: 1 },
      { atMs: FROM_MS + 240_000, value: 0 },
    ];
    assert.deepEqual([...valuesOf(timeline(0, changes)).slice(0, 6)], [0, 0, 1, 1, 0, 0]);
  });

  it('of a ramp are whole and grow evenly', () => {
    assert.deepEqual([...valuesOf(ramp(FROM_MS, 10)).slice(0, 3)], [0, 600, 1200]);
  });
});
