import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeWatchedFolders } from '../crash/kill-moments.ts';
import { Ledger } from '../crash/ledger.ts';
import { startLoad } from '../crash/load.ts';
import { randomOf } from '../crash/random.ts';
import { freePort, sleep } from '../support/child.ts';
import { BUSY_SETTINGS, LISTENS, lakeDirOf, startCollectorChild } from '../support/load-collector.ts';
import { startProxy, WAYS, type Way } from './proxy.ts';

const DAY_MS = 86_400_000;
const SHARDS = 8;
const WANTED = 5;
const PATIENCE_MS = 120_000;

describe('a collector whose senders are slow, break off, or are gone without a word', function () {
  this.timeout(400_000);
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-clients-'));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('loses and doubles nothing, forgets what they left, and closes their connections', async () => {
    const dayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
    makeWatchedFolders(dir, new Date(dayMs).toISOString().slice(0, 10));
    const port = await freePort();
    const child = startCollectorChild(dir, port, { ...BUSY_SETTINGS, REQUEST_TIMEOUT_MS: '3000', DEDUPE_WINDOW_MS: '60000' });
    await child.line(LISTENS, PATIENCE_MS);
    const random = randomOf(7);
    let isPeace = false;
    const wayOf = (): Way => (isPeace ? 'whole' : (WAYS[Math.floor(random() * WAYS.length)] as Way));
    const proxy = await startProxy(port, wayOf);
    const wrongAnswers: string[] = [];
    const load = startLoad({
      url: `http://127.0.0.1:${proxy.port}/api/v1/write`,
      ledger: new Ledger(SHARDS, dayMs),
      onAnswer: (status) => status !== 204 && status !== 408 && status !== 503 && wrongAnswers.push(`status ${status}`),
    });
    try {
      const descriptors = () => readdirSync(`/proc/${child.pid}/fd`).length;
      const before = descriptors();
      const isFelt = () => WAYS.every((way) => (proxy.counts.get(way) ?? 0) >= WANTED);
      await until('each way is taken', () => JSON.stringify([...proxy.counts]), isFelt);
      isPeace = true;
      await load.finish();
      await proxy.close();
      await until(
        'what was left in mid-body is forgotten',
        child.output,
        async () => (await gauge(port, 'collector_inflight_bytes')) === 0,
      );
      await until(
        'their connections are closed',
        () => `${descriptors()} of ${before}`,
        () => descriptors() <= before + 2,
      );
      assert.ok((await gauge(port, 'collector_repeated_requests_total')) >= WANTED, 'repeats were recognised');
      assert.equal(await child.end('SIGTERM'), 0);
      assert.deepEqual(wrongAnswers, []);
      assert.deepEqual((await load.ledger.faults(lakeDirOf(dir))).slice(0, 20), []);
    } finally {
      load.abort();
      await proxy.close().catch(() => {});
      await child.end('SIGKILL');
    }
  });
});

async function gauge(port: number, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } })).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

async function until(what: string, state: () => string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const untilMs = Date.now() + PATIENCE_MS; !(await isSo()); await sleep(50)) {
    if (Date.now() > untilMs) throw new Error(`not in ${PATIENCE_MS} ms: ${what}\n${state().slice(-3000)}`);
  }
}
