import assert from 'node:assert/strict';
import { Pace } from '../../../../services/collector/http/pace.ts';
import { WorkQueue } from '../../../../services/collector/http/work-queue.ts';

const BYTES = 60_000;

describe('the queue of requests that were taken', () => {
  let nowMs = 5000;
  let turnEnds: (() => void)[] = [];
  let [begun, answered]: [number[], (() => void)[]] = [[], []];
  let queue: WorkQueue;
  beforeEach(() => {
    [turnEnds, begun, answered] = [[], [], []];
    queue = new WorkQueue({ pace: new Pace(() => nowMs), nowMs: () => nowMs, onTurnEnd: (callback) => turnEnds.push(callback) });
  });
  /** A request that takes the event loop so long and is answered by `settle`. */
  const come = (id: number, workMs: number) =>
    queue.run(BYTES, async () => {
      begun.push(id);
      nowMs += workMs;
      await new Promise<void>((resolve) => answered.push(resolve));
      return id;
    });
  const endTurn = () => {
    for (const end of turnEnds.splice(0)) end();
  };
  const settle = async () => {
    for (const answer of answered.splice(0)) answer();
    await new Promise(setImmediate);
  };
  /** As many as are not put off, of those that come. */
  const flood = (from: number, count: number, workMs: number) => {
    let taken = 0;
    for (let id = from; id < from + count; id++) {
      if (queue.isFull()) continue;
      void come(id, workMs);
      taken++;
    }
    return taken;
  };
  const upTo = (count: number) => Array.from({ length: count }, (_, id) => id);

  it('begins at once what comes to an idle event loop, and gives what the work gives', async () => {
    const one = come(1, 2);
    assert.deepEqual(begun, [1]);
    await settle();
    assert.equal(await one, 1);
  });

  it('passes on what the work throws', async () => {
    await assert.rejects(
      queue.run(1, async () => {
        throw new Error('no disk');
      }),
      /no disk/,
    );
  });

  it('lets answers go out in between: what takes longer waits for later turns, in the order it came', () => {
    flood(0, 20, 4);
    assert.deepEqual(begun, upTo(3), 'a turn is over after 10 ms');
    for (let turn = 1; begun.length < 20; turn++) {
      endTurn();
      assert.ok(begun.length < 20 || turn > 3, `${begun.length} begun after ${turn} turns`);
    }
    assert.deepEqual(begun, upTo(20));
  });

  it('works as long as all else took meanwhile, to a limit', () => {
    flood(0, 50, 1);
    endTurn();
    const before = begun.length;
    nowMs += 30;
    endTurn();
    assert.equal(begun.length - before, 30, 'half of the time is for work, however many are put off');
  });

  it('takes a burst of 50 whatever it takes, for instance new series of a cold start', () => {
    assert.equal(flood(0, 50, 400), 50);
  });

  it('takes no end of requests that are worked off as they come', async () => {
    for (let turn = 0; turn < 200; turn++) {
      assert.equal(flood(turn * 5, 5, 1), 5);
      endTurn();
      await settle();
    }
  });

  it('puts off what would wait for longer than 200 ms, once the pace is known and the burst is over', async () => {
    for (let turn = 0; turn < 300; turn++) {
      flood(turn * 100, 100, 10);
      endTurn();
      await settle();
    }
    const [from, fromMs] = [begun.length, nowMs];
    let most = 0;
    for (let turn = 0; turn < 300; turn++) {
      flood(100_000 + turn * 100, 100, 10);
      endTurn();
      most = Math.max(most, answered.length);
      await settle();
    }
    assert.ok(most <= 30, `${most} requests of 10 ms under way`);
    assert.ok((begun.length - from) * 10 > 0.9 * (nowMs - fromMs), 'it is worked all the time');
  });

  it('takes the next burst only once the overload is over for 10 s', async () => {
    for (let turn = 0; turn < 300; turn++) {
      flood(turn * 100, 100, 10);
      endTurn();
      await settle();
    }
    const drain = async () => {
      while (turnEnds.length > 0) {
        endTurn();
        await settle();
      }
    };
    await drain();
    assert.ok(flood(1, 100, 10) < 50, 'still an overload');
    await drain();
    nowMs += 11_000;
    void come(1, 1);
    await drain();
    assert.equal(flood(1, 50, 10), 50);
  });
});
