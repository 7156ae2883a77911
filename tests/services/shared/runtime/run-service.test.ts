import assert from 'node:assert/strict';
import { type Child, startChild } from '../../../support/child.ts';

const PATIENCE_MS = 30_000;

describe('a service as a process', () => {
  let child: Child;
  afterEach(() => child.end('SIGKILL'));

  /** A service that takes so long to start. */
  const startService = (startMs: number, close = "console.log('closed')") => {
    const script = `
      import { setTimeout as sleep } from 'node:timers/promises';
      import { runService } from '@tallyship/shared/runtime/run-service';
      await runService(async () => {
        console.log('starts');
        await sleep(${startMs});
        setInterval(() => {}, 1000);
        console.log('runs');
        return { close: async () => ${close} };
      });`;
    child = startChild(process.execPath, ['--input-type=module', '--eval', script]);
  };

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`closes and ends with 0 on ${signal}`, async () => {
      startService(0);
      await child.line(/^runs$/m, PATIENCE_MS);
      assert.equal(await child.end(signal), 0);
      assert.match(child.output(), /^closed$/m);
    });
  }

  it('closes too when it is told to end while it starts', async () => {
    startService(1_500);
    await child.line(/^starts$/m, PATIENCE_MS);
    assert.equal(await child.end('SIGTERM'), 0);
    assert.equal(child.output(), 'starts\nruns\nclosed\n');
  });

  it('says why it cannot be closed, and ends with 1', async () => {
    startService(0, "Promise.reject(new Error('stuck'))");
    await child.line(/^runs$/m, PATIENCE_MS);
    assert.equal(await child.end('SIGTERM'), 1);
    assert.match(child.output(), /Error: stuck/);
  });
});
