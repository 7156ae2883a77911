import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { lakeKey, referenceId } from '@tallyship/shared/contracts/lake-key';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { SHIPPER_SETTINGS } from '@tallyship/shipper/settings';
import { type Shipper, startShipper } from '@tallyship/shipper/shipper';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { API_KEY, type RunningApi, SHOP, startApi } from '../services/upload-api/running-api.ts';
import { sleep } from '../support/child.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-20T10:00:00Z');

for (const compress of ['none', 'zstd', 'gzip']) {
  describe(`the shipper and the upload API, compress ${compress}`, () => {
    let api: RunningApi;
    let shipper: Shipper;
    let dataDir: string;
    const files = [0, 1, 2].flatMap((hour) =>
      ['samples', 'usage'].map((table) => ({ table, hourStartMs: START + hour * HOUR, replica: 'collector-0', generation: 1 })),
    );
    const keyOf = (file: (typeof files)[number]) => lakeKey({ ...file, ...SHOP });
    const makeReady = (file: (typeof files)[number], rows: number) => {
      const path = join(dataDir, 'ready/lake', keyOf(file));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'n', type: 'INT32', data: Array(rows).fill(rows) }] })));
    };
    const objectPath = (key: string) => join(api.dir, 'lake', key);

    before(async () => {
      api = await startApi();
      dataDir = mkdtempSync(join(tmpdir(), 'tallyship-shipper-'));
      const keyFile = join(dataDir, 'key');
      writeFileSync(keyFile, API_KEY);
      for (const [index, file] of files.entries()) makeReady(file, index + 1);
      const env = {
        DATA_DIR: dataDir,
        SHIPPER_PORT: '0',
        SHIPPER_ID: 'shipper-1',
        LAKE_UPLOAD_URL: api.url,
        LAKE_API_KEY_FILE: keyFile,
        SHIP_INTERVAL_MS: '3600000',
        COMPRESS: compress,
      };
      shipper = await startShipper(readSettings(SHIPPER_SETTINGS, env), createLogger('shipper', { level: 'silent' }));
    });
    after(async () => {
      await shipper?.close();
      await api?.stop();
      rmSync(dataDir, { recursive: true, force: true });
    });
    const shipAll = async () => {
      for (let cycle = 0; cycle < 10; cycle++) await shipper.runOnce();
      assert.equal(await shipper.left(), 0);
    };
    const completeness = async () => {
      const path = '/v1/completeness?cluster=123456789012/us-east-1/shop&from=2026-11-20T10:00Z&to=2026-11-20T13:00Z';
      return (await (await api.call(path, { method: 'GET' })).json()) as {
        isComplete: boolean;
        unreadable: string[];
        replicas: { hours: number; files: number; missing: string[]; short: { key: string; fault: string }[] }[];
      };
    };

    it('bring every file into the lake, listed by manifests that can be read, and the cluster is complete', async () => {
      await shipAll();
      const { isComplete, unreadable, replicas } = await completeness();
      assert.deepEqual(unreadable, []);
      assert.deepEqual(
        replicas.map(({ hours, files: listed, missing, short }) => ({ hours, listed, missing, short })),
        [{ hours: 3, listed: 6, missing: [], short: [] }],
      );
      assert.equal(isComplete, true);
    });

    it('bring back what has been damaged in the lake, when it is ordered', async () => {
      const damaged = files[3];
      const whole = readFileSync(objectPath(keyOf(damaged)));
      truncateSync(objectPath(keyOf(damaged)), whole.length - 1);
      rmSync(objectPath(keyOf(files[0])));
      const found = await completeness();
      assert.deepEqual(found.replicas[0].short.map(({ key, fault }) => [key, fault]).sort(), [
        [keyOf(files[0]), 'absent'],
        [keyOf(damaged), 'size'],
      ]);
      const referenceIds = [damaged, files[0]].map(referenceId);
      assert.equal((await api.call('/v1/replay', { body: { ...SHOP, referenceIds } })).status, 202);
      await sleep(1_100);
      // Orders come along with the answer for something new.
      makeReady({ table: 'usage', hourStartMs: START + 3 * HOUR, replica: 'collector-0', generation: 1 }, 9);
      await shipAll();
      assert.equal((await completeness()).isComplete, true);
      assert.deepEqual(readFileSync(objectPath(keyOf(damaged))), whole);
      makeReady({ table: 'usage', hourStartMs: START + 4 * HOUR, replica: 'collector-0', generation: 1 }, 9);
      await shipAll();
      const metrics = await (await api.call('/metrics', { method: 'GET' })).text();
      assert.match(metrics, /upload_api_replay_orders_total\{outcome="ordered"\} 2/);
      assert.match(metrics, /upload_api_replay_orders_total\{outcome="fulfilled"\} 2/);
    });
  });
}
