import assert from 'node:assert/strict';
import { BatchBuilder } from '../../../../services/collector/decode/batch.ts';
import { decodeRequest } from '../../../../services/collector/decode/decode-request.ts';
import { type KernelKind, SeriesTable } from '../../../../services/collector/decode/series-table.ts';
import { LIMITS, RECEIVED_MS } from '../../../fuzz/compare.ts';
import { encodeMessage, type WireSeries } from '../../../support/remote-write-messages.ts';
import { block } from '../../../support/remote-write-wire.ts';

/** Series with one sample or more, zeros and markers among them. */
const content = (scrape: number): WireSeries[] =>
  Array.from({ length: 300 }, (_, at) => ({
    labels: [
      ['__name__', `metric_${at % 7}`],
      ['pod', `web-${at}`.padEnd(at % 90, 'x')],
    ],
    samples: Array.from({ length: 1 + (at % 3) }, (_, nth) => ({
      timeMs: RECEIVED_MS - 60_000 + scrape * 1000 + nth,
      bits: [0n, 0x7ff0000000000002n, 0x3ff0000000000000n + BigInt(scrape)][(at + nth) % 3] as bigint,
    })),
  }));
const wide = { ...LIMITS, maxLabelValueBytes: 200 };

function decoderOf(kind: KernelKind) {
  const table = new SeriesTable('prometheus_replica', wide, kind);
  const builder = new BatchBuilder();
  const decodeMessage = (version: 1 | 2, message: Buffer) =>
    decodeRequest(block(message), version, {
      table,
      builder,
      limits: wide,
      receivedAtMs: RECEIVED_MS,
      maxDecodedBytes: 16 * 1024 * 1024,
    });
  const decode = (version: 1 | 2, series: WireSeries[]) => decodeMessage(version, encodeMessage(version, series));
  return { table, decode, decodeMessage };
}

describe('the WebAssembly kernel', () => {
  for (const version of [1, 2] as const) {
    it(`takes a whole scrape that repeats the order of the last one, version ${version}`, () => {
      const [fast, plain] = [decoderOf('wasm'), decoderOf('typescript')];
      for (const scrape of [0, 1]) {
        fast.decode(version, content(scrape));
        plain.decode(version, content(scrape));
      }
      const kernel = fast.table[`v${version}`].kernel;
      assert.ok(kernel);
      const walk = kernel.walk.bind(kernel);
      let left: number | undefined;
      kernel.walk = (wire, after, symbols, builder) => {
        const last = walk(wire, after, symbols, builder);
        left = wire.end - wire.at;
        return last;
      };
      const [a, b] = [fast.decode(version, content(2)), plain.decode(version, content(2))];
      assert.equal(left, 0);
      assert.equal(a.rows, 600);
      assert.deepEqual([a.series, a.timesMs, a.bits, a.outcome], [b.series, b.timesMs, b.bits, b.outcome]);
    });
  }

  it('knows every symbol again, in whatever order they come', () => {
    const [fast, plain] = [decoderOf('wasm'), decoderOf('typescript')];
    fast.decode(2, content(0));
    plain.decode(2, content(0));
    const { kernel } = fast.table.v2;
    assert.ok(kernel);
    const walkSymbols = kernel.walkSymbols.bind(kernel);
    let walks = 0;
    kernel.walkSymbols = (wire, after, count) => {
      walks++;
      return walkSymbols(wire, after, count);
    };
    for (const step of [1, 7, 151, 299]) {
      const series = content(1);
      const shuffled = series.map((_, at) => series[(at * step) % series.length] as WireSeries);
      const [a, b] = [fast.decode(2, shuffled), plain.decode(2, shuffled)];
      assert.deepEqual([a.series, a.timesMs, a.bits, a.outcome], [b.series, b.timesMs, b.bits, b.outcome]);
    }
    assert.equal(walks, 4);
  });

  it('is left out where the setting says so', () => {
    const { table, decode } = decoderOf('typescript');
    decode(1, content(0));
    assert.equal(table.v1.kernel, undefined);
  });

  it('leaves a message that is larger than its memory to TypeScript', () => {
    const { table, decodeMessage } = decoderOf('wasm');
    const unknown = Buffer.concat([Buffer.from('7a80808004', 'hex'), Buffer.alloc(8 * 1024 * 1024)]);
    for (const version of [1, 2] as const) {
      const message = encodeMessage(version, content(0));
      assert.equal(decodeMessage(version, Buffer.concat([unknown, message])).rows, 600);
      assert.equal(decodeMessage(version, message).rows, 600);
      assert.ok(table[`v${version}`].kernel);
    }
  });
});
