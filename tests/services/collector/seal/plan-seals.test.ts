import assert from 'node:assert/strict';
import type { Generation } from '../../../../services/collector/hours/open-hours.ts';
import { planSeals } from '../../../../services/collector/seal/plan-seals.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TIMES = { sealDelayMs: 5 * MINUTE, sealIntervalMs: 70 * MINUTE, usageIntervalMs: 10 * MINUTE };

function generation(name: string, fields: Partial<Generation> = {}): Generation {
  const cut = { isCut: false, cutAtMs: 0, isUrgent: false };
  return {
    key: name,
    identity: { account: '000000000000', region: 'local', cluster: 'local' },
    hourStartMs: 0,
    generation: 0,
    pieces: [],
    tables: new Set(),
    packed: [],
    rows: 1,
    openedAtMs: 0,
    firstSegment: 1,
    ...cut,
    ...fields,
  };
}

function planAt(nowMs: number, generations: Generation[], refreshedAtMs = 0) {
  const { seal, refresh } = planSeals(generations, nowMs, TIMES, () => refreshedAtMs);
  return { seal: seal.map(({ key }) => key), refresh: refresh.map(({ key }) => key) };
}

describe('the plan of seals', () => {
  it('seals an hour the delay after its end, not before', () => {
    assert.deepEqual(planAt(HOUR + 5 * MINUTE - 1, [generation('a')], HOUR).seal, []);
    assert.deepEqual(planAt(HOUR + 5 * MINUTE, [generation('a')], HOUR).seal, ['a']);
  });

  it('lets late samples wait as long for one another', () => {
    const late = generation('late', { openedAtMs: 10 * HOUR });
    assert.deepEqual(planAt(10 * HOUR + 5 * MINUTE - 1, [late]).seal, []);
    assert.deepEqual(planAt(10 * HOUR + 5 * MINUTE, [late]).seal, ['late']);
  });

  it('seals a running hour of the future after the interval at the latest', () => {
    const ahead = generation('ahead', { hourStartMs: 2 * HOUR });
    assert.deepEqual(planAt(70 * MINUTE, [ahead]).seal, ['ahead']);
  });

  it('seals what was opened by a clock that has been put back since, and is patient with small steps', () => {
    const ahead = generation('ahead', { openedAtMs: 9000 * HOUR });
    assert.deepEqual(planAt(2 * HOUR, [ahead]).seal, ['ahead']);
    assert.deepEqual(planAt(2 * HOUR, [generation('step', { hourStartMs: 2 * HOUR, openedAtMs: 2 * HOUR + 30_000 })]).seal, []);
  });

  it('seals what was cut before or is urgent at once, cut ones first, then by hour', () => {
    const all = [
      generation('urgent', { hourStartMs: HOUR, openedAtMs: HOUR, isUrgent: true }),
      generation('running', { hourStartMs: HOUR, openedAtMs: HOUR }),
      generation('cut later', { hourStartMs: 3 * HOUR, openedAtMs: HOUR, isCut: true }),
      generation('cut', { hourStartMs: 2 * HOUR, openedAtMs: HOUR, isCut: true }),
    ];
    assert.deepEqual(planAt(HOUR, all).seal, ['cut', 'cut later', 'urgent']);
  });

  it('rewrites the usage part of a running hour each interval, counted from its opening or the last rewrite', () => {
    const running = generation('running', { openedAtMs: 2 * MINUTE });
    assert.deepEqual(planAt(12 * MINUTE - 1, [running]).refresh, []);
    assert.deepEqual(planAt(12 * MINUTE, [running]).refresh, ['running']);
    assert.deepEqual(planAt(12 * MINUTE, [running], 5 * MINUTE).refresh, []);
    assert.deepEqual(planAt(15 * MINUTE, [running], 5 * MINUTE).refresh, ['running']);
  });
});
