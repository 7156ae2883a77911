import assert from 'node:assert/strict';
import { peakMemoryOf } from '../../support/peak-memory.ts';
import * as w from '../../support/remote-write-wire.ts';
import { ONE, SYMBOLS, T } from './hostile-case.ts';
import { type Door, openDoor, V1, V2 } from './hostile-door.ts';

const MIB = 1024 * 1024;
const EMPTY_LABEL = w.field(1);
const EMPTY_SAMPLE = w.field(2);
const UNKNOWN = w.varintField(5, 0);
const NAMED = w.label('__name__', 'bomb');
const longLabel = (more: string) => w.label('k', `${'🚢'.repeat(127)}${more}`);

/** Requests that are small on the wire and would be large in memory, or endless, in a reader without bounds. */
const BOMBS = [
  {
    name: 'v1: 5 million labels, each on its own',
    status: 400,
    says: /label set over 262144 bytes/,
    body: () => w.seriesV1(w.repeat(Buffer.concat([EMPTY_LABEL, UNKNOWN]), 5e6)),
  },
  {
    name: 'v1: 10 million labels in a row',
    status: 400,
    says: /label set over 262144 bytes/,
    body: () => w.seriesV1(w.repeat(EMPTY_LABEL, 10e6)),
  },
  { name: 'v1: 10 million series', status: 413, says: /MAX_REQUEST_SERIES/, body: () => w.repeat(w.seriesV1(), 10e6) },
  {
    name: 'v1: 10 million samples of a good series, all too old',
    status: 413,
    says: /MAX_REQUEST_SAMPLES/,
    body: () => w.seriesV1(NAMED, w.repeat(EMPTY_SAMPLE, 10e6)),
  },
  {
    name: 'v1: 10 million samples of a refused series',
    status: 413,
    says: /MAX_REQUEST_SAMPLES/,
    body: () => w.seriesV1(w.repeat(EMPTY_SAMPLE, 10e6)),
  },
  {
    name: 'v1: a million samples and one',
    status: 413,
    says: /more than 1000000 samples/,
    body: () => w.seriesV1(NAMED, w.repeat(w.sample(T, ONE), 1e6 + 1)),
  },
  {
    name: 'v1: 10 million histograms',
    status: 413,
    says: /MAX_REQUEST_SAMPLES/,
    body: () => w.seriesV1(NAMED, w.repeat(w.field(4), 10e6)),
  },
  {
    name: 'v1: a histogram of 16 million deltas in one list',
    status: 400,
    says: /MAX_HISTOGRAM_BUCKETS/,
    body: () => w.seriesV1(NAMED, w.field(4, w.field(12, w.repeat(w.varint(0), 16e6)))),
  },
  {
    name: 'v1: a histogram of 16 million deltas one by one',
    status: 400,
    says: /MAX_HISTOGRAM_BUCKETS/,
    body: () => w.seriesV1(NAMED, w.field(4, w.repeat(w.varintField(12, 0), 16e6))),
  },
  {
    name: 'v1: a histogram of 3 million custom bounds one by one, and as many spans',
    status: 400,
    says: /MAX_HISTOGRAM_BUCKETS/,
    body: () => w.seriesV1(NAMED, w.field(4, w.repeat(w.message(w.field(11), w.tag(16, 1), Buffer.alloc(8)), 3e6))),
  },
  {
    name: 'v1: histograms of 8,000 buckets, 7,000 of them',
    status: 400,
    says: /7000 of 7000 histograms refused: sample too old/,
    body: () =>
      w.seriesV1(NAMED, w.repeat(w.field(4, w.field(11, w.varintField(2, 8_000)), w.field(12, w.repeat(w.varint(0), 8_000))), 7_000)),
  },
  {
    name: 'v1: histograms of 9,999 spans, 900 of them',
    status: 400,
    says: /900 of 900 histograms refused: sample too old/,
    body: () =>
      w.seriesV1(
        NAMED,
        w.repeat(
          w.field(4, w.repeat(w.field(11, w.varintField(1, 2), w.varintField(2, 1)), 9_999), w.field(12, w.repeat(w.varint(0), 9_999))),
          900,
        ),
      ),
  },
  {
    name: 'v1: 100,000 exemplars of the longest labels, one of a label too much',
    status: 400,
    says: /100001 of 100001 exemplars refused: .*exemplar labels over 128 characters/,
    body: () => w.seriesV1(NAMED, w.repeat(w.field(3, longLabel('')), 100_000), w.field(3, longLabel('x'))),
  },
  {
    name: 'v2: exemplars whose few references stand for much text, 900,000 of them',
    status: 413,
    says: /histograms and exemplars of one request take more than 67108864 bytes/,
    body: () =>
      w.message(
        w.symbols('', '__name__', 'bomb', 'k', '\u0001'.repeat(127)),
        w.seriesV2(w.refs(1, 2), w.repeat(w.field(4, w.refs(3, 4), w.varintField(3, T)), 900_000)),
      ),
  },
  { name: 'v1: 80 label sets of 128,000 labels', status: 400, says: /more than 128 labels/, body: () => manySets(80, 256_000) },
  {
    name: 'v2: 10 million references',
    status: 400,
    says: /label set over 262144 bytes/,
    body: () => w.message(SYMBOLS, w.seriesV2(w.field(1, w.repeat(w.varint(1), 10e6)))),
  },
  { name: 'v2: 1,000,001 symbols', status: 413, says: /more than 1000000 symbols/, body: () => w.repeat(w.field(4), 1_000_001) },
  {
    name: 'v2: 200,001 series',
    status: 413,
    says: /more than 200000 series/,
    body: () => w.message(SYMBOLS, w.repeat(w.seriesV2(), 200_001)),
  },
  {
    name: 'v2: 20,000 label sets of 2 MiB each, once written out',
    status: 400,
    says: /label set over 262144 bytes/,
    body: () => writtenOut(127, 100_000),
  },
  {
    name: 'v2: 20,000 label sets of 240 KiB each, once written out',
    status: 413,
    says: /label sets of one request/,
    body: () => writtenOut(15, 100_000),
  },
];

describe('hostile requests: memory and time', () => {
  let door: Door;
  beforeEach(async () => {
    door = await openDoor();
  });
  afterEach(() => door.close());

  for (const { name, status, says, body } of BOMBS) {
    it(`${status} ${name}`, async () => {
      const block = new Uint8Array(w.block(body()));
      const headers = name.startsWith('v1') ? V1 : V2;
      let tookMs = 0;
      const peak = await peakMemoryOf(async () => {
        const startedMs = performance.now();
        const answer = await door.write(block, headers);
        tookMs = performance.now() - startedMs;
        assert.deepEqual([answer.status, answer.written], [status, '0,0,0'], answer.text);
        if (says) assert.match(answer.text, says);
      });
      // Without its rules a bomb takes gigabytes.
      assert.ok(peak < 320 * MIB, `held ${Math.round(peak / MIB)} MiB`);
      // A bomb took minutes or never ended; this is far from both, also on a busy machine.
      assert.ok(tookMs < 20_000, `took ${Math.round(tookMs)} ms`);
    });
  }
});

/** Sets of so many bytes, each label two of them; all different. */
function manySets(count: number, bytes: number): Buffer {
  const sets = Array.from({ length: count }, (_, at) => w.seriesV1(w.label('set', String(at)), w.repeat(EMPTY_LABEL, bytes / 2)));
  return Buffer.concat(sets);
}

/** Different series that all refer to the same few large values: a few bytes each on the wire. */
function writtenOut(labels: number, count: number): Buffer {
  const names = Array.from({ length: labels }, (_, at) => `name${at}`);
  const values = Array.from({ length: count }, (_, at) => `v${at}`);
  const head = w.symbols('', 'x'.repeat(16_000), '__name__', ...names, ...values);
  const shared = Buffer.concat(names.flatMap((_, at) => [w.varint(3 + at), w.varint(1)]));
  return w.message(head, ...values.map((_, at) => w.seriesV2(w.field(1, w.varint(2), w.varint(3 + labels + at), shared))));
}
