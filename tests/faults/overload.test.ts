import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeWatchedFolders } from '../crash/kill-moments.ts';
import { Ledger, versionOf } from '../crash/ledger.ts';
import { freePort } from '../support/child.ts';
import { LISTENS, lakeDirOf, startCollectorChild } from '../support/load-collector.ts';
import { watchMemory } from '../support/process-memory.ts';
import { limitCpu } from './cpu-limit.ts';
import { type PacedAnswer, sendPaced } from './paced-load.ts';

const DAY_MS = 86_400_000;
const SECONDS = Number(process.env.OVERLOAD_SECONDS ?? 10);
/** What the collector gets of one processor, so that this process can send it many times more than it takes. */
const CPU_SHARE = Number(process.env.OVERLOAD_CPU_SHARE ?? 0.5);
/** All shards of a Prometheus, which has 50 at most; and senders that take no notice of Retry-After. */
const BURST = 50;
const SENDERS = 500;
const SHARDS = 20;
const REQUEST = { series: 4000, steps: 1 };
const WARMUP_SECONDS = 3;
const CAPACITY_SECONDS = 4;
/** Some of it is lost where a sender still waits for its answer when its next request is due. */
const TIMES_ITS_CAPACITY = 13;
const MADE = 1500;
/** What is taken of the capacity in the flood, about, is made ahead of it: making it meanwhile costs the senders more than sending. */
const MADE_AHEAD = 0.5;

type Request = { version: 1 | 2; body: Buffer; acknowledge: () => void };

/** All three with the same collector: as much as it takes, fifty at once, and ten times as much as it takes. */
describe(`a collector that is sent far more than it can take for ${SECONDS} s`, function () {
  this.timeout(1_200_000);
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-overload-'));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('answers what it takes soon, puts the rest off, stays in its memory and loses nothing', async () => {
    const dayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
    makeWatchedFolders(dir, new Date(dayMs).toISOString().slice(0, 10));
    const ledger = new Ledger(SHARDS, dayMs, REQUEST);
    let made = 0;
    const make = (): Request => ({ version: versionOf(made), ...ledger.next(made++ % SHARDS, 0) });
    const requests = Array.from({ length: MADE }, make);
    const port = await freePort();
    const settings = { SEAL_INTERVAL_MS: '3600000', SEAL_DELAY_MS: '3600000', MAX_OPEN_BYTES: String(128 * 2 ** 20) };
    const child = startCollectorChild(dir, port, settings, ['--max-semi-space-size=2', '--max-old-space-size=614']);
    const wrong: string[] = [];
    const send = async (senders: number, perSecond: number, seconds: number) => {
      const [taken, putOff]: [number[], number[]] = [[], []];
      const onAnswer = (request: Request, { status, retryAfter }: PacedAnswer, ms: number) => {
        if (status === 204) {
          request.acknowledge();
          taken.push(ms);
        } else {
          requests.push(request);
          putOff.push(ms);
          if (status !== 503 || !(Number(retryAfter) > 0)) wrong.push(`status ${status}, Retry-After ${retryAfter}`);
        }
      };
      const next = () => requests.shift() ?? make();
      const { sent, seconds: took } = await sendPaced({ port, senders, perSecond, seconds, next, onAnswer });
      const figures = { sent, seconds: took, taken: taken.sort(ascending), putOff: putOff.sort(ascending) };
      console.log(`      ${senders} senders: ${textOf(figures)}`);
      return figures;
    };
    let limit: ReturnType<typeof limitCpu> | undefined;
    try {
      await child.line(LISTENS, 60_000);
      const peakOf = watchMemory(child.pid, 'VmHWM');
      await send(8, Number.POSITIVE_INFINITY, WARMUP_SECONDS);
      limit = limitCpu(child.pid, CPU_SHARE);
      const usual = await send(8, Number.POSITIVE_INFINITY, CAPACITY_SECONDS);
      const perSecond = usual.taken.length / usual.seconds;
      const burst = await send(BURST, 10_000, BURST / 10_000);
      for (let missing = MADE_AHEAD * perSecond * SECONDS - requests.length; missing > 0; missing--) requests.push(make());
      const { sent, taken, putOff } = await send(SENDERS, TIMES_ITS_CAPACITY * perSecond, SECONDS);
      limit.lift();
      assert.equal(await child.end('SIGTERM', 300_000), 0);
      const peakMib = Math.round(peakOf());
      console.log(
        `      sent ${(sent / SECONDS / perSecond).toFixed(1)} times the capacity, of which ${(taken.length / SECONDS / perSecond).toFixed(2)} was taken; peak ${peakMib} MiB`,
      );
      assert.deepEqual(wrong.slice(0, 5), []);
      assert.deepEqual((await ledger.faults(lakeDirOf(dir))).slice(0, 10), []);
      assert.deepEqual([usual.putOff.length, burst.putOff.length], [0, 0], 'put off ahead of the overload');
      assert.equal(sent, taken.length + putOff.length);
      assert.ok(putOff.length > SENDERS, `${taken.length} taken, ${putOff.length} put off: no overload`);
      // On a machine of its own it is below 1 s; this is what a busy one that is four times slower still does, and no queue without an end.
      assert.ok(quantile(taken, 0.99) < 5000, `p99 ${quantile(taken, 0.99)} ms`);
      assert.ok(peakMib < 500, `${peakMib} MiB`);
    } finally {
      await child.end('SIGKILL');
      limit?.remove();
    }
  });
});

const ascending = (a: number, b: number) => a - b;
const quantile = (sorted: number[], share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;

function textOf({ sent, seconds, taken, putOff }: { sent: number; seconds: number; taken: number[]; putOff: number[] }): string {
  const times = (sorted: number[]) => `p50 ${quantile(sorted, 0.5).toFixed(0)} ms, p99 ${quantile(sorted, 0.99).toFixed(0)} ms`;
  const rest = putOff.length > 0 ? `, ${putOff.length} put off (${times(putOff)})` : '';
  return `${(sent / seconds).toFixed(0)} requests a second, ${taken.length} taken (${times(taken)})${rest}`;
}
