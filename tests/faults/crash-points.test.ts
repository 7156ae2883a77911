import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listSegments } from '../../services/collector/log/segment-files.ts';
import { digestOf } from '../crash/crash-run.ts';
import { Ledger, versionOf } from '../crash/ledger.ts';
import { freePort } from '../support/child.ts';
import { LISTENS, lakeDirOf, logDirOf, startCollectorChild } from '../support/load-collector.ts';
import { LoadSender } from '../support/load-sender.ts';
import { needStrace } from './strace.ts';

/** Calls that change the disk, or by which it is opened to be changed; of those that fill one file every `step`th is enough: nobody sees that file yet. */
const CALLS: Record<string, number> = {
  openat: 1,
  mkdir: 1,
  ftruncate: 1,
  pwritev: 1,
  write: 6,
  fdatasync: 1,
  fsync: 1,
  rename: 1,
  unlink: 1,
};
const SETTINGS = {
  UV_THREADPOOL_SIZE: '1',
  SEAL_INTERVAL_MS: '0',
  USAGE_INTERVAL_MS: '3600000',
  LOG_SEGMENT_BYTES: '8192',
  DEDUPE_WINDOW_MS: '900000',
  LOG_LEVEL: 'debug',
};
const MAIN = join(import.meta.dirname, '../../services/collector/main.ts');
const SHARDS = 2;
const HOUR_MS = 3_600_000;
const WORKERS = 2;

type Point = { call: string; when: number };

/**
 * A log that was killed under load is recovered and sealed, and killed at a system call of that; then once more, in peace. `strace` counts the calls
 * of each thread and kind apart, so each kind is gone through to its end.
 */
describe('a collector killed at every system call of a recovery and a seal', function () {
  this.timeout(600_000);
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tallyship-points-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  const template = join(root, 'template');
  const bodies: Buffer[] = [];
  let paths: string[] = [];
  let whole = '';

  before(async () => {
    needStrace();
    await makeTemplate();
    const dir = copyOf('whole');
    const trace = join(root, 'trace');
    assert.equal(await recoverAndSeal(dir, ['-o', trace, '-y', '-e', `trace=${Object.keys(CALLS).join()}`]), 'ended');
    await endInPeace(dir);
    whole = digestOf(lakeDirOf(dir));
    const calls = readFileSync(trace, 'utf8');
    // What it answers for is durable only by this flag.
    assert.match(calls, /openat\([^\n]*\.log", [A-Z_|]*O_DSYNC/);
    const found = calls.matchAll(new RegExp(`[<"](${dir}/(?:data|lake)[^>"]*)[>"]`, 'g'));
    paths = [...new Set([...found].map(([, path]) => (path as string).slice(dir.length + 1)))];
    assert.ok(paths.some((path) => path.endsWith('.parquet.tmp')) && paths.some((path) => path.endsWith('.log')), paths.join('\n'));
  });

  for (const call of Object.keys(CALLS)) {
    it(`${call}: the same files, none lost, none twice`, async () => {
      const step = CALLS[call] as number;
      let [next, last] = [1, Number.POSITIVE_INFINITY];
      const killed: number[] = [];
      const work = async () => {
        while (next < last) {
          const when = next;
          next += step;
          if (await survives({ call, when })) killed.push(when);
          else last = Math.min(last, when);
        }
      };
      await Promise.all(Array.from({ length: WORKERS }, work));
      assert.ok(killed.length > 0, `no kill at ${call}: the collector never got there`);
      if (process.env.FAULTS_VERBOSE) console.log(`      killed at ${killed.length} calls of ${call}`);
    });
  }

  /** A data folder as a kill leaves it: nothing sealed, two segments, a torn tail. */
  async function makeTemplate(): Promise<void> {
    const port = await freePort();
    const child = startCollectorChild(template, port, { ...SETTINGS, SEAL_INTERVAL_MS: '3600000', SEAL_DELAY_MS: '3600000' });
    await child.line(LISTENS, 60_000);
    const ledger = new Ledger(SHARDS, Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS - 24 * HOUR_MS);
    for (let at = 0; at < 4; at++) {
      const { body } = ledger.next(at % SHARDS, 0);
      bodies.push(body);
      await send(port, at % SHARDS, body);
    }
    await child.end('SIGKILL');
    assert.ok(listSegments(logDirOf(template)).length >= 2);
    appendFileSync(listSegments(logDirOf(template)).at(-1)?.path as string, Buffer.from([9, 0, 0, 0, 9, 0, 0]));
  }

  function copyOf(name: string): string {
    const dir = join(root, name);
    cpSync(template, dir, { recursive: true, preserveTimestamps: true });
    return dir;
  }

  /** @returns false when the collector ended before it got to that call */
  async function survives(point: Point): Promise<boolean> {
    const name = `${point.call} ${point.when}`;
    const dir = copyOf(name.replace(' ', '-'));
    const inject = ['-o', '/dev/null', ...paths.flatMap((path) => ['-P', join(dir, path)])];
    const end = await recoverAndSeal(dir, [
      ...inject,
      '-e',
      `trace=${point.call}`,
      '-e',
      `inject=${point.call}:signal=SIGKILL:when=${point.when}`,
    ]);
    if (end === 'killed') {
      await endInPeace(dir, name);
      assert.equal(digestOf(lakeDirOf(dir)), whole, `killed at ${name}`);
    }
    rmSync(dir, { recursive: true });
    return end === 'killed';
  }

  /** Starts the collector under strace, lets it recover, seal, and ends it. */
  async function recoverAndSeal(dir: string, straceArgs: string[]): Promise<'killed' | 'ended'> {
    const env = {
      PATH: process.env.PATH,
      DATA_DIR: join(dir, 'data'),
      LAKE_OUTPUT_DIR: lakeDirOf(dir),
      COLLECTOR_PORT: '0',
      REPLICA: 'crash-0',
      ...SETTINGS,
    };
    const child = spawn('strace', ['-f', ...straceArgs, process.execPath, MAIN], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    let isAsked = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (isAsked || !said.includes('"msg":"sealed"') || !LISTENS.test(said)) return;
      isAsked = true;
      process.kill(Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0]), 'SIGTERM');
    });
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.once('close', (...ended) => resolve(ended)),
    );
    if (signal === 'SIGKILL' || code === 137) return 'killed';
    assert.equal(code, 0, `${straceArgs.slice(-1)}: ended with ${code ?? signal}\n${said.slice(-2000)}`);
    return 'ended';
  }

  /** One more start, in which the senders repeat all they ever sent. */
  async function endInPeace(dir: string, name = 'nothing'): Promise<void> {
    const port = await freePort();
    const child = startCollectorChild(dir, port, { ...SETTINGS, REPLICA: 'crash-0' });
    await child.line(LISTENS, 60_000);
    for (const [at, body] of bodies.entries()) await send(port, at % SHARDS, body);
    assert.equal(await child.end('SIGTERM'), 0, `after a kill at ${name}: ${child.output().slice(-2000)}`);
  }
});

async function send(port: number, shard: number, body: Buffer): Promise<void> {
  const sender = new LoadSender({
    url: `http://127.0.0.1:${port}/api/v1/write`,
    version: versionOf(shard),
    backoffMs: 10,
    goesOn: () => false,
  });
  const outcome = await sender.send(body);
  sender.close();
  assert.equal(outcome.kind === 'answered' && outcome.status, 204);
}
