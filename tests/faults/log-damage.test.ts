import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecord } from '../../services/collector/log/record.ts';
import { listSegments, MAGIC } from '../../services/collector/log/segment-files.ts';
import { Ledger } from '../crash/ledger.ts';
import { startLoad } from '../crash/load.ts';
import { randomOf } from '../crash/random.ts';
import { freePort, sleep } from '../support/child.ts';
import { LISTENS, lakeDirOf, logDirOf, startCollectorChild } from '../support/load-collector.ts';
import { usageFaults } from '../support/load-lake.ts';

const DAY_MS = 86_400_000;
const SAMPLES_A_REQUEST = 500;
/** Nothing is sealed before the end, so all of it is still in the log when it is damaged. */
const SETTINGS = { SEAL_INTERVAL_MS: '3600000', SEAL_DELAY_MS: '3600000', LOG_SEGMENT_BYTES: '65536' };
const FLIPS = 12;

describe('a log that is damaged while the collector is down', function () {
  this.timeout(300_000);
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-damage-'));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('costs the batches whose bytes are hit and no other, says so, keeps the bytes, and takes on', async () => {
    const port = await freePort();
    const ledger = new Ledger(4, Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS);
    let child = startCollectorChild(dir, port, SETTINGS);
    await child.line(LISTENS, 60_000);
    const load = startLoad({ url: `http://127.0.0.1:${port}/api/v1/write`, ledger });
    try {
      while (listSegments(logDirOf(dir)).length < 6) await sleep(100);
      await child.end('SIGKILL');
      // What was not answered is sent again, damaged or not: it is left whole.
      const hit = flipBits(randomOf(3), load.inFlight());
      appendFileSync(listSegments(logDirOf(dir)).at(-1)?.path as string, Buffer.from([77, 0, 0, 0, 99, 0, 0, 0, 1, 2]));
      assert.ok(hit.batches >= 3 && hit.others >= 1, `flips hit ${JSON.stringify(hit)}`);
      child = startCollectorChild(dir, port, SETTINGS);
      await child.line(LISTENS, 60_000);
      assert.match(child.output(), /the log was damaged/);
      assert.ok(readdirSync(logDirOf(dir)).some((name) => name.endsWith('.damaged')));
      const before = load.acknowledged();
      while (!load.acknowledged().every((count, at) => count >= (before[at] as number) + 5)) await sleep(50);
      await load.finish();
      assert.equal(await child.end('SIGTERM'), 0);
      const texts = (await ledger.faults(lakeDirOf(dir))).map(({ text }) => text);
      const lost = texts.filter((text) => text.endsWith('was acknowledged and is lost'));
      assert.deepEqual(texts.filter((text) => !lost.includes(text)).slice(0, 10), []);
      assert.equal(lost.length, hit.batches * SAMPLES_A_REQUEST);
      assert.deepEqual(await usageFaults(lakeDirOf(dir)), []);
    } finally {
      load.abort();
      await child.end('SIGKILL');
    }
  });

  /** One bit in each of some records all over the log, that of a checkpoint too. @returns how many of each it hit */
  function flipBits(random: () => number, spared: Buffer[]): { batches: number; others: number } {
    const hit = { batches: 0, others: 0 };
    for (const { path } of listSegments(logDirOf(dir))) {
      const bytes = readFileSync(path);
      const records: { from: number; to: number; isBatch: boolean; body: Buffer }[] = [];
      for (let at = MAGIC.length, found = readRecord(bytes, at); found; at = found.next, found = readRecord(bytes, at))
        records.push({ from: at, to: found.next, isBatch: found.record.header.kind === 'batch', body: found.record.body });
      for (const { from, to, isBatch, body } of records) {
        const isChosen = from === MAGIC.length ? hit.others === 0 : random() < FLIPS / 100 && isBatch;
        if (!isChosen || spared.some((one) => one.equals(body))) continue;
        const at = from + Math.floor(random() * (to - from));
        bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
        hit[isBatch ? 'batches' : 'others']++;
      }
      writeFileSync(path, bytes);
    }
    return hit;
  }
});
