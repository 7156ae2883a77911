import assert from 'node:assert/strict';
import { createQueryQueue, QueueFullError } from '../../../services/console/query-queue.ts';

const NEVER = new AbortController().signal;
const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Work that ends when it is told to. */
function task<T>(value: T) {
  let end = () => {};
  let isStarted = false;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = async () => {
    isStarted = true;
    await ended;
    return value;
  };
  return { work, end, isStarted: () => isStarted };
}

describe('query queue', () => {
  it('runs one at a time, in order', async () => {
    const queue = createQueryQueue(5);
    const tasks = ['a', 'b', 'c'].map(task);
    const answers = tasks.map(({ work }) => queue.run(work, NEVER));
    for (const [i, { end }] of tasks.entries()) {
      await tick();
      assert.deepEqual(
        tasks.map(({ isStarted }) => isStarted()),
        tasks.map((_, j) => j <= i),
      );
      assert.equal(queue.waiting(), 2 - i);
      end();
      assert.equal(await answers[i], ['a', 'b', 'c'][i]);
    }
    assert.equal(await queue.run(async () => 'later', NEVER), 'later');
  });

  it('goes on after work that fails', async () => {
    const queue = createQueryQueue(1);
    const failing = queue.run(() => Promise.reject(new Error('broken')), NEVER);
    const next = queue.run(async () => 'fine', NEVER);
    await assert.rejects(failing, /broken/);
    assert.equal(await next, 'fine');
  });

  it('refuses at its limit, names the setting and takes work again afterwards', async () => {
    const queue = createQueryQueue(1);
    const running = task(1);
    const first = queue.run(running.work, NEVER);
    const second = queue.run(async () => 2, NEVER);
    await assert.rejects(
      queue.run(async () => 3, NEVER),
      (error) => error instanceof QueueFullError && /1 queries wait, limit 1; .*MAX_WAITING_QUERIES/.test(error.message),
    );
    assert.equal(queue.refused(), 1);
    running.end();
    assert.deepEqual([await first, await second], [1, 2]);
    assert.equal(await queue.run(async () => 4, NEVER), 4);
  });

  it('drops who gives up while waiting, at once and without running it', async () => {
    const queue = createQueryQueue(1);
    const running = task(1);
    const first = queue.run(running.work, NEVER);
    const client = new AbortController();
    const given = task(2);
    const second = queue.run(given.work, client.signal);
    client.abort(new Error('gone'));
    await assert.rejects(second, /gone/);
    assert.equal(queue.waiting(), 0);
    const third = queue.run(async () => 3, NEVER);
    running.end();
    assert.deepEqual([await first, await third], [1, 3]);
    assert.equal(given.isStarted(), false);
  });

  it('never starts what was given up before', async () => {
    const queue = createQueryQueue(0);
    await assert.rejects(
      queue.run(async () => assert.fail('ran'), AbortSignal.abort(new Error('gone'))),
      /gone/,
    );
    assert.equal(await queue.run(async () => 1, NEVER), 1);
  });
});
