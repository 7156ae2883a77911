import assert from 'node:assert/strict';
import { faults } from '../../support/scripted-cloudzero.ts';
import { Rig } from './rig.ts';

describe('shipper: its last cycles', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig();
  });
  afterEach(() => rig.end());

  /** Begins to stop and comes back once the shipper has to wait for something, or is done. */
  const beginStop = async () => {
    let isDone = false;
    const stopped = rig.shipper?.close().then(() => {
      isDone = true;
    });
    rig.shipper = undefined;
    const settle = async () => {
      while (!isDone && rig.clock.asleep === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await settle();
    return {
      isDone: () => isDone,
      pass: async (ms: number) => {
        for (const untilMs = rig.clock.now() + ms; !isDone && rig.clock.now() < untilMs; await settle())
          rig.clock.advance(Math.min(rig.clock.nextWakeMs ?? ms, untilMs - rig.clock.now()));
      },
      stopped,
    };
  };

  it('a connection that is refused is tried again within the grace', async () => {
    await rig.start(['lake'], { SHUTDOWN_GRACE_MS: '25000' });
    const file = rig.placeLake(0);
    const port = Number(new URL(rig.lake.url).port);
    await rig.lake.close();
    const stop = await beginStop();
    await stop.pass(15_000);
    assert.equal(stop.isDone(), false, 'it has not given up');
    await rig.lake.listen(port);
    await stop.pass(5_000);
    assert.equal(stop.isDone(), true);
    rig.assertArrived([file]);
  });

  it('a file that rests after failures is tried again too', async () => {
    await rig.start();
    const file = rig.placeLake(0);
    rig.lake.failStorage(faults.status(503), 1e6);
    await rig.pass(3_600_000);
    rig.lake.heal();
    const stop = await beginStop();
    assert.equal(stop.isDone(), true);
    rig.assertArrived([file]);
  });

  it('the grace is the end of it, and each wait is short', async () => {
    await rig.start(['lake'], { SHUTDOWN_GRACE_MS: '25000' });
    rig.placeLake(0);
    rig.lake.failApi(faults.status(503), 1e6);
    const startMs = rig.clock.now();
    const stop = await beginStop();
    await stop.pass(60_000);
    assert.equal(stop.isDone(), true);
    assert.ok(rig.clock.now() - startMs <= 25_000);
    assert.ok(rig.lake.fired > 10 && rig.lake.fired < 30, `${rig.lake.fired} tries`);
    assert.equal(rig.stages('lake').sending.length, 1, 'the file is kept for the next start');
  });

  it('a wait is cut off when the grace is over', async () => {
    await rig.start(['lake'], { SHUTDOWN_GRACE_MS: '2000' });
    rig.placeLake(0);
    rig.lake.failApi(faults.status(503), 1e6);
    const startedMs = Date.now();
    const stop = await beginStop();
    await stop.stopped;
    assert.ok(Date.now() - startedMs < 30_000, 'although its clock stands');
  });

  it('what waiting does not mend is not waited for', async () => {
    await rig.start();
    rig.lake.keys.clear();
    rig.placeLake(0);
    const stop = await beginStop();
    assert.equal(stop.isDone(), true);
    assert.equal(rig.lake.calls.length, 2, 'the key is read and tried once more, as ever');
  });

  it('it ends at once when it is to come back after its end', async () => {
    await rig.start();
    rig.placeLake(0);
    rig.lake.failApi(faults.status(429, { 'retry-after': '60' }), 1e6);
    const stop = await beginStop();
    assert.equal(stop.isDone(), true);
    assert.equal(rig.lake.fired, 1);
  });

  it('it looks for files as long as the collector may seal, and then ships for as long as its grace', async () => {
    await rig.start(['lake'], { SHUTDOWN_LINGER_MS: '60000', SHUTDOWN_GRACE_MS: '25000' });
    const stop = await beginStop();
    await stop.pass(30_000);
    const early = rig.placeLake(0);
    await stop.pass(2_000);
    rig.assertArrived([early]);
    await stop.pass(27_000);
    rig.lake.failApi(faults.status(503), 4);
    const late = rig.placeLake(1);
    await stop.pass(1_000);
    assert.equal(stop.isDone(), false);
    await stop.pass(20_000);
    assert.equal(stop.isDone(), true);
    rig.assertArrived([early, late]);
  });

  it('without a linger it ends when all is shipped', async () => {
    await rig.start();
    const file = rig.placeLake(0);
    const stop = await beginStop();
    assert.equal(stop.isDone(), true);
    rig.assertArrived([file]);
  });
});
