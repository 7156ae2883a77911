import assert from 'node:assert/strict';
import { pacer } from '../../../../services/collector/seal/pacer.ts';

describe('the pause of a seal', () => {
  it('costs nothing until the work has lasted a slice', async () => {
    let asked = 0;
    const pause = pacer(() => {
      asked++;
      return true;
    });
    for (let i = 0; i < 5; i++) await pause();
    assert.equal(asked, 0);
  });

  it('lasts until no request is under way', async () => {
    let asked = 0;
    const pause = pacer(() => ++asked < 4);
    work();
    await pause();
    assert.equal(asked, 4);
  });

  it('ends under any load', async () => {
    const pause = pacer(() => true);
    for (let i = 0; i < 3; i++) {
      work();
      await pause();
    }
  });
});

function work(): void {
  for (const untilMs = performance.now() + 6; performance.now() < untilMs; );
}
