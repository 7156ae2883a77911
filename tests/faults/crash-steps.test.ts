import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, startCollector } from '@tallyship/collector/collector';
import { COLLECTOR_SETTINGS } from '@tallyship/collector/settings';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { digestOf } from '../crash/crash-run.ts';
import { watchDiskSteps } from '../crash/disk-steps.ts';
import { lakeDirOf } from '../support/load-collector.ts';
import { LoadRequests } from '../support/load-requests.ts';
import { LoadSender } from '../support/load-sender.ts';
import { encodeMessage, type WireSeries } from '../support/remote-write-messages.ts';
import { block } from '../support/remote-write-wire.ts';

const HOUR_MS = 3_600_000;
const HOUR = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 2 * HOUR_MS;
const SERIES = Array.from({ length: 5 }, (_, at) => ({
  type: 'counter' as const,
  labels: [['__name__', `steps_${at}`] as const, ['pod', `pod-${at}`] as const],
}));

/** The script: a request by its first minute, one of histograms and exemplars, or a seal of everything. Requests of one hour stand on both sides of a seal. */
const SCRIPT = [0, 'packed', 10, 59, 'seal', 20, 61, 'seal'] as const;
const PACKED: WireSeries = {
  labels: [['__name__', 'packed']],
  histograms: [{ timeMs: HOUR, countInt: 3n, positive: { spans: [[0, 1]], deltas: [3n] } }],
  exemplars: [{ bits: 1n, timeMs: HOUR }],
};

type Moment = { dir: string; step: string; done: number };

describe('a collector stopped between any two steps', function () {
  this.timeout(120_000);
  // In memory where that can be had: what is tested is the order of the steps, not the disk.
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tallyship-steps-'));
  after(() => rmSync(root, { recursive: true, force: true }));

  for (const [name, window] of [
    ['keeping its log for repeats', '900000'],
    ['purging its log at once', '0'],
  ] as const) {
    it(`ends in the same files byte by byte, ${name}`, async () => {
      const dir = join(root, window);
      const moments = await carryOut(dir, window, 0);
      const whole = digestOf(lakeDirOf(dir));
      assert.ok(moments.length > 60, `only ${moments.length} moments differ on disk`);
      for (const moment of moments) {
        await run(moment.dir, window, { done: moment.done });
        assert.equal(digestOf(lakeDirOf(moment.dir)), whole, `stopped before ${moment.step}, ${moment.done} actions done`);
      }
    });
  }

  it('ends in the same files when the start after a stop is stopped too', async () => {
    const dir = join(root, 'twice');
    const moments = await carryOut(dir, '900000', 0);
    const whole = digestOf(lakeDirOf(dir));
    const torn = moments.filter(({ step, done }) => step === 'writev, torn' && done >= 4);
    const midFile = moments.filter(({ step, done }) => step === 'rename' && done === 4);
    for (const first of [torn[0], midFile.at(-1)]) {
      assert.ok(first);
      const again = await carryOut(first.dir, '900000', first.done);
      for (const second of again) {
        await run(second.dir, '900000', { done: second.done });
        assert.equal(digestOf(lakeDirOf(second.dir)), whole, `stopped before ${first.step}, then before ${second.step}`);
      }
    }
  });

  /**
   * Carries the script out from action `from` on, as a sender that repeats what was not answered.
   * @returns copies of the folder at every moment in which the disk held something new, with the number of actions answered by then
   */
  async function carryOut(dir: string, window: string, from: number): Promise<Moment[]> {
    const moments: Moment[] = [];
    const seen = new Set<string>();
    let appends = 0;
    mkdirSync(dir, { recursive: true });
    const state = { done: from };
    const onStep = (step: string) => {
      // A file is written a column at a time; every sixth half-written one will do.
      if (step === 'appendFile' && appends++ % 6 !== 1) return;
      const digest = digestOf(dir);
      if (seen.has(`${digest} ${state.done}`)) return;
      seen.add(`${digest} ${state.done}`);
      const copy = mkdtempSync(join(root, 'moment-'));
      cpSync(dir, copy, { recursive: true, preserveTimestamps: true });
      moments.push({ dir: copy, step, done: state.done });
    };
    await watchDiskSteps(onStep, () => run(dir, window, state));
    return moments;
  }
});

async function run(dir: string, window: string, state: { done: number }): Promise<void> {
  const settings = readSettings(COLLECTOR_SETTINGS, {
    COLLECTOR_PORT: '0',
    DATA_DIR: join(dir, 'data'),
    LAKE_OUTPUT_DIR: lakeDirOf(dir),
    REPLICA: 'steps-0',
    LOG_SEGMENT_BYTES: '1024',
    DEDUPE_WINDOW_MS: window,
    LOG_LEVEL: 'fatal',
  });
  const collector = await startCollector(settings);
  try {
    for (; state.done < SCRIPT.length; state.done++) await act(collector, SCRIPT[state.done] as Action);
  } finally {
    await collector.close();
  }
}

type Action = (typeof SCRIPT)[number];

async function act(collector: Collector, action: Action): Promise<void> {
  if (action === 'seal') return collector.sealAll();
  if (action === 'packed') return send(collector, 2, block(encodeMessage(2, [PACKED])));
  const times = [0, 1, 2, 3].map((minute) => HOUR + (action + minute) * 60_000);
  const version = action % 2 === 0 ? 1 : 2;
  const body = new LoadRequests(SERIES, version).make(
    () => times,
    (view, at, series, timeMs) => view.setFloat64(at, series + (timeMs - HOUR) / 60_000, true),
  );
  await send(collector, version, body);
}

async function send(collector: Collector, version: 1 | 2, body: Buffer): Promise<void> {
  const sender = new LoadSender({ url: `${collector.url}/api/v1/write`, version, backoffMs: 10, goesOn: () => false });
  const outcome = await sender.send(body);
  sender.close();
  assert.equal(outcome.kind === 'answered' && outcome.status, 204);
}
