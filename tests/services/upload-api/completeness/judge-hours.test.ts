import assert from 'node:assert/strict';
import { judgeHours } from '../../../../services/upload-api/completeness/judge-hours.ts';

const HOUR = 3_600_000;
const DAY = Date.UTC(2026, 10, 21);

describe('the judgement of hours', () => {
  it('names short files by hour and key, in whatever order the manifests were read', () => {
    const shipments = [2, 1].flatMap((hour) => ['usage', 'samples'].map((table) => shipment(table, DAY + hour * HOUR)));
    const manifests = [1, 2].map((hour) => ({ replica: 'collector-0', hourStartMs: DAY + hour * HOUR }));
    const short = (read: typeof shipments) =>
      judgeHours({ fromMs: DAY, toMs: DAY + 24 * HOUR }, manifests, read, new Map(), DAY + 3 * HOUR)[0]?.short.map(({ key }) => key);
    const expected = [1, 2].flatMap((hour) => ['samples', 'usage'].map((table) => shipment(table, DAY + hour * HOUR).key));
    assert.deepEqual(short(shipments), expected);
    assert.deepEqual(short(shipments.toReversed()), expected);
  });
});

function shipment(table: string, hourStartMs: number) {
  const name = `${table}_${hourStartMs}_${hourStartMs + HOUR}_collector-0-1.parquet`;
  const key = `${table}/v1/account=123456789012/region=us-east-1/cluster=shop/date=2026-11-21/${name}`;
  return { key, bytes: 300, sha256: '0'.repeat(64), uploadedMs: hourStartMs + HOUR, shipperId: 'shipper-0' };
}
