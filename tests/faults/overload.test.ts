import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeWatchedFolders } from '../crash/kill-moments.ts';
import { Ledger, versionOf } from '../crash/ledger.ts';
import { type Child, freePort, sleep } from '../support/child.ts';
import { LISTENS, lakeDirOf, startCollectorChild } from '../support/load-collector.ts';
import { LoadSender } from '../support/load-sender.ts';
import { limitCpu } from './cpu-limit.ts';

const DAY_MS = 86_400_000;
const SECONDS = Number(process.env.OVERLOAD_SECONDS ?? 10);
/** Senders that send again as soon as they are answered, whatever Retry-After says. */
const SENDERS = 160;
const SHARDS = 40;
const REQUEST = { series: 500, steps: 10 };
/** What the collector gets of one processor, so that this process can send it many times more than it takes. */
const CPU_SHARE = 0.15;
/** Made ahead, so that this process has nothing to do but send; more than can be taken. */
const MADE = SECONDS * 150;
const MIB = 1024 * 1024;

describe(`a collector that is sent far more than it can take for ${SECONDS} s`, function () {
  this.timeout(600_000);
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-overload-'));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('answers what it takes soon, puts the rest off, stays in its memory and loses nothing', async () => {
    const dayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
    makeWatchedFolders(dir, new Date(dayMs).toISOString().slice(0, 10));
    const port = await freePort();
    const settings = { SEAL_INTERVAL_MS: '600000', SEAL_DELAY_MS: '600000', LOG_LEVEL: 'warn' };
    const child = startCollectorChild(dir, port, { ...settings, LOG_LEVEL: 'info' }, ['--max-old-space-size=192']);
    await child.line(LISTENS, 60_000);
    const unlimit = limitCpu(child.pid, CPU_SHARE);
    const ledger = new Ledger(SHARDS, dayMs, REQUEST);
    const answers = new Map<number, number>();
    const tookMs: number[] = [];
    const wrong: string[] = [];
    let isOver = false;
    const made = Array.from({ length: MADE }, (_, at) => ledger.next(at % SHARDS, 0));
    // Shards by turns: each body goes out with the version that it was made for.
    const next = Array.from({ length: 2 }, (_, version) => made.filter((__, at) => versionOf(at % SHARDS) === version + 1));
    const senders = Array.from({ length: SENDERS }, async (_, at) => {
      const version = versionOf(at);
      const onAnswer = (status: number, retryAfter: string | undefined) => {
        answers.set(status, (answers.get(status) ?? 0) + 1);
        if (status === 503 && !(Number(retryAfter) > 0)) wrong.push('503 without Retry-After');
      };
      const sender = new LoadSender({ url: `http://127.0.0.1:${port}/api/v1/write`, version, backoffMs: 1, goesOn: () => true, onAnswer });
      for (let one = next[version - 1]?.pop(); one && !isOver; one = next[version - 1]?.pop()) {
        const { body, acknowledge } = one;
        const outcome = await sender.send(body);
        if (outcome.kind !== 'answered' || outcome.status !== 204) wrong.push(JSON.stringify(outcome));
        else {
          acknowledge();
          tookMs.push(outcome.ms);
        }
      }
      sender.close();
    });
    try {
      let peakMib = 0;
      for (const untilMs = Date.now() + SECONDS * 1000; Date.now() < untilMs; await sleep(100)) peakMib = Math.max(peakMib, rssMib(child));
      isOver = true;
      await Promise.all(senders);
      assert.equal(await child.end('SIGTERM', 120_000), 0);
      tookMs.sort((a, b) => a - b);
      const [taken, putOff] = [answers.get(204) ?? 0, answers.get(503) ?? 0];
      const p99Ms = tookMs[Math.floor(tookMs.length * 0.99)] as number;
      console.log(
        `      ${taken} requests taken, ${putOff} put off (${(putOff / taken).toFixed(1)} times as many), p50 ${tookMs[tookMs.length >> 1]?.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms, peak ${peakMib} MiB`,
      );
      assert.deepEqual(wrong.slice(0, 5), []);
      assert.deepEqual((await ledger.faults(lakeDirOf(dir))).slice(0, 10), []);
      assert.ok(putOff > 0, 'nothing was put off: no overload');
      // Prometheus waits this long for an answer; how soon it comes on a machine of its own is a figure, not a test.
      assert.ok(p99Ms < 30_000, `p99 ${p99Ms} ms`);
      assert.ok(peakMib < 400, `${peakMib} MiB`);
    } finally {
      isOver = true;
      await child.end('SIGKILL');
      unlimit();
    }
  });
});

function rssMib(child: Child): number {
  const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
  return Math.round((Number(kib) * 1024) / MIB);
}
