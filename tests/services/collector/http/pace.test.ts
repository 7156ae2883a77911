import assert from 'node:assert/strict';
import { Pace } from '../../../../services/collector/http/pace.ts';

describe('the pace of the collector', () => {
  let activeMs = 1000;
  const open = () => new Pace(() => activeMs);
  const pass = (pace: Pace, ms: number, bytes: number) => {
    activeMs += ms;
    pace.look(bytes);
  };

  it('knows nothing at first, and so keeps nobody out', () => {
    assert.equal(open().msAByte, 0);
  });

  it('is the time that the event loop was busy by what was done in it', () => {
    const pace = open();
    for (let turn = 0; turn < 100; turn++) pass(pace, 10, 2000);
    assert.ok(Math.abs(pace.msAByte - 0.005) < 1e-9, String(pace.msAByte));
  });

  it('follows a machine that becomes slower within seconds, and forgets it again', () => {
    const pace = open();
    for (let turn = 0; turn < 100; turn++) pass(pace, 10, 2000);
    for (let turn = 0; turn < 20; turn++) pass(pace, 100, 2000);
    assert.ok(pace.msAByte > 0.03, String(pace.msAByte));
    for (let turn = 0; turn < 300; turn++) pass(pace, 10, 2000);
    assert.ok(pace.msAByte < 0.006, String(pace.msAByte));
  });

  it('counts what goes into anything else', () => {
    const pace = open();
    for (let turn = 0; turn < 50; turn++) {
      pass(pace, 10, 2000);
      pass(pace, 30, 0);
    }
    assert.ok(pace.msAByte > 0.015, String(pace.msAByte));
  });

  it('takes its time from the event loop, and none while that waits', async () => {
    const pace = new Pace();
    pace.look(1000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    pace.look(1_000_000);
    assert.ok(pace.msAByte * 1_000_000 < 150, `${pace.msAByte * 1_000_000} ms in 200 ms of nothing`);
    for (const endMs = performance.now() + 200; performance.now() < endMs; );
    await new Promise(setImmediate);
    pace.look(1);
    assert.ok(pace.msAByte * 1_000_000 > 150, `${pace.msAByte * 1_000_000} ms in 200 ms of work`);
  });
});
