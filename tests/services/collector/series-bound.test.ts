import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { lakeRows } from '../../support/load-lake.ts';
import { bitsOf, encodeMessage } from '../../support/remote-write-messages.ts';
import { block } from '../../support/remote-write-wire.ts';
import { type Door, NOW, openDoor, V1, V2 } from './hostile-door.ts';

const LIMIT = 64 * 1024;
const SERIES = 300;

describe('label sets that cannot be sealed', () => {
  let door: Door;
  beforeEach(async () => {
    door = await openDoor({ MAX_SERIES_BYTES: String(LIMIT) });
  });
  afterEach(() => door.close());

  for (const version of [1, 2] as const) {
    it(`put requests off at twice MAX_SERIES_BYTES, until they are sealed; version ${version}`, async () => {
      // Where the lake's folder should be: nothing can be sealed.
      writeFileSync(door.lakeDir, '');
      const send = (first: number) => {
        const body = block(encodeMessage(version, made(first)));
        return door.write(body, version === 1 ? V1 : V2);
      };
      assert.equal((await send(0)).status, 204);
      assert.equal((await send(SERIES)).status, 204);
      const refused = await send(2 * SERIES);
      assert.deepEqual([refused.status, refused.written, refused.retryAfter], [503, '0,0,0', '5']);
      const held = await door.measure('collector_series_bytes');
      assert.ok(held > 2 * LIMIT);
      assert.match(refused.text, new RegExp(`take ${held} bytes, limit ${2 * LIMIT}; .* raise MAX_SERIES_BYTES`));
      assert.equal((await send(0)).status, 503, 'known ones too');

      rmSync(door.lakeDir);
      let status = 503;
      for (const untilMs = Date.now() + 60_000; status === 503 && Date.now() < untilMs; ) status = (await send(2 * SERIES)).status;
      assert.equal(status, 204);
      assert.ok((await door.measure('collector_series_bytes')) <= 2 * LIMIT, 'given back');
      await door.sealAll();
      const sql = 'SELECT count(*)::INTEGER, count(DISTINCT series_id)::INTEGER FROM read_parquet($samples)';
      for await (const found of lakeRows(door.lakeDir, sql)) assert.deepEqual(found, [3 * SERIES, 3 * SERIES]);
    });
  }
});

function made(first: number) {
  return Array.from({ length: SERIES }, (_, one) => ({
    labels: [
      ['__name__', 'made_up'],
      ['pod', `pod-${first + one}`],
    ] as [string, string][],
    samples: [{ timeMs: NOW, bits: bitsOf(one) }],
  }));
}
