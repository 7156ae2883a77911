import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COLLECTOR_SETTINGS } from '@tallyship/collector/settings';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { startCollector } from '../../../services/collector/collector.ts';
import { bitsOf, encodeV1 } from '../../support/remote-write-messages.ts';
import { block } from '../../support/remote-write-wire.ts';

describe('files that wait for their upload', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-unshipped-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('push back on senders at MAX_UNSHIPPED_BYTES, and let them in again once they are shipped', async () => {
    for (const folder of ['ready', 'sending']) {
      mkdirSync(join(dir, folder, 'lake', 'samples'), { recursive: true });
      writeFileSync(join(dir, folder, 'lake', 'samples', 'x.parquet'), Buffer.alloc(1500));
    }
    const env = { DATA_DIR: dir, COLLECTOR_PORT: '0', MAX_UNSHIPPED_BYTES: '2048', USAGE_INTERVAL_MS: '800' };
    const collector = await startCollector(readSettings(COLLECTOR_SETTINGS, env), createLogger('collector', { level: 'silent' }));
    try {
      const refused = await send(collector.url);
      assert.equal(refused.status, 503);
      assert.equal(refused.headers.get('retry-after'), '5');
      assert.match(await refused.text(), /hold 3000 bytes, limit 2048; .* MAX_UNSHIPPED_BYTES/);

      rmSync(join(dir, 'sending'), { recursive: true });
      let status = 503;
      for (const untilMs = Date.now() + 30_000; status === 503 && Date.now() < untilMs; ) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        status = (await send(collector.url)).status;
      }
      assert.equal(status, 204);
    } finally {
      await collector.close();
    }
  });
});

function send(url: string): Promise<Response> {
  const series = [{ labels: [['__name__', 'up'] as [string, string]], samples: [{ timeMs: Date.now(), bits: bitsOf(1) }] }];
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
  return fetch(`${url}/api/v1/write`, { method: 'POST', headers, body: new Uint8Array(block(encodeV1(series))) });
}
