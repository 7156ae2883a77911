import assert from 'node:assert/strict';
import { BatchBuilder } from '../../../../services/collector/decode/batch.ts';
import { decodeRequest } from '../../../../services/collector/decode/decode-request.ts';
import { SeriesTable } from '../../../../services/collector/decode/series-table.ts';
import { Decoder, KERNELS, LIMITS, RECEIVED_MS } from '../../../fuzz/compare.ts';
import { encodeMessage, type WireSeries } from '../../../support/remote-write-messages.ts';
import { block } from '../../../support/remote-write-wire.ts';

const METRICS = 20;
const CONTAINERS = 25;
const ID = 'x'.repeat(90);

/** Many metrics of few containers, as cAdvisor gives them: the labels behind the name are the same. */
const series = Array.from({ length: METRICS * CONTAINERS }, (_, at): WireSeries => {
  const [metric, container] = [Math.floor(at / CONTAINERS), at % CONTAINERS];
  return {
    labels: [
      ['__name__', `container_metric_${metric}`],
      ['id', `${ID}${container}`],
    ],
    samples: [{ timeMs: RECEIVED_MS, bits: BigInt(at) }],
  };
});

describe('the series table', () => {
  for (const kernel of KERNELS)
    it(`holds the labels of a container once for all its metrics, ${kernel}`, () => {
      for (const version of [1, 2] as const) {
        const { rows, table } = new Decoder(kernel).decode(block(encodeMessage(version, series)), version);
        assert.equal(rows, series.length);
        const { parts, sets } = table[`v${version}`];
        assert.equal(sets.count, series.length);
        assert.ok(parts.keyBytes < 2 * (CONTAINERS + METRICS) * (ID.length + 50), `${parts.keyBytes} bytes`);
        assert.equal(new Set(series.map((_, index) => table.store.idAt(index))).size, series.length);
      }
    });

  it('does not remember the text of long label sets that it refuses', () => {
    const table = new SeriesTable('prometheus_replica', LIMITS, 'typescript');
    const context = { table, builder: new BatchBuilder(), limits: LIMITS, receivedAtMs: RECEIVED_MS, maxDecodedBytes: 1024 * 1024 };
    const long = (at: number): WireSeries => ({
      labels: [
        ['__name__', `m${at}`],
        ['a', `${at}${'y'.repeat(200_000)}`],
      ],
      samples: [{ timeMs: RECEIVED_MS, bits: 1n }],
    });
    const before = process.memoryUsage().heapUsed;
    for (let at = 0; at < 300; at++)
      assert.equal(decodeRequest(block(encodeMessage(1, [long(at)])), 1, context).outcome.refused.samples, 1);
    assert.ok(table.v1.parts.keyBytes > 300 * 200_000);
    assert.ok(process.memoryUsage().heapUsed - before < 40 * 1024 * 1024);
  });
});
