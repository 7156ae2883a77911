import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { encodeLoad } from '../../bench/ingest/bench-load.ts';
import { freePort } from '../support/child.ts';
import { startContainer } from '../support/container.ts';
import { LoadSender } from '../support/load-sender.ts';

const ROOT = join(import.meta.dirname, '../..');
const TAG = 'localhost/tallyship-load';
const HOUR_MS = 3_600_000;
const LIMITS = { memoryMib: 256, cpus: 0.5 };
/** An hour of a cluster with 13,000 series, scraped every 15 s, sent as fast as it is taken: `npm run bench -- ingest`. */
const HOUR = { series: 13_000, scrapes: 240, samplesARequest: 2000, connections: 1 };
/** What an owner of so small a collector sets: heap, buffers and what is open stay below the limit together. */
const SMALL = { NODE_OPTIONS: '--max-old-space-size=96', MAX_SERIES_BYTES: `${48 * 1024 ** 2}`, MAX_OPEN_BYTES: `${16 * 1024 ** 2}` };

describe(`the image of the collector, limited to ${LIMITS.memoryMib} MiB and ${LIMITS.cpus} of a core`, function () {
  this.timeout(600_000);
  before(() => {
    const { status, stdout, stderr } = spawnSync('node', ['images/main.ts', 'collector', '--tag', TAG], { cwd: ROOT, encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  });

  it('takes an hour of 13,000 series and loses none', async () => {
    const port = await freePort();
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
    const container = startContainer({
      image: `${TAG}/collector:latest-${architecture}`,
      env: { ...SMALL, COLLECTOR_PORT: `${port}`, DATA_DIR: '/data' },
      writable: ['/data'],
      limits: LIMITS,
    });
    try {
      await container.line(/collector listens/, 30_000);
      const load = encodeLoad(2, Math.floor(Date.now() / HOUR_MS - 2) * HOUR_MS, HOUR);
      const startMs = Date.now();
      const sender = new LoadSender({
        url: `http://127.0.0.1:${port}/api/v1/write`,
        version: 2,
        backoffMs: 200,
        goesOn: () => Date.now() - startMs < 300_000,
      });
      for (const body of load.shards.flat()) {
        const outcome = await sender.send(body);
        assert.ok(outcome.kind === 'answered' && outcome.status === 204, `${JSON.stringify(outcome)}\n${container.output()}`);
      }
      sender.close();
      const seconds = (Date.now() - startMs) / 1000;
      const peakMib = container.peakMemoryBytes() / 1024 ** 2;
      assert.equal(await container.end('SIGTERM', 120_000), 0, container.output());
      assert.equal(await samplesIn(join(container.dirOf('/data'), 'ready/lake')), load.samples);
      console.log(
        `      ${load.samples} samples in ${seconds.toFixed(1)} s (${Math.round(load.samples / seconds)}/s), ` +
          `${sender.retries} put off, peak ${peakMib.toFixed(0)} MiB with the page cache`,
      );
    } finally {
      await container.remove();
    }
  });
});

async function samplesIn(dir: string): Promise<number> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const reader = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM read_parquet('${dir}/samples/**/*.parquet')`);
  return reader.getRows()[0]?.[0] as number;
}
