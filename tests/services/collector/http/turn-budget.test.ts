import assert from 'node:assert/strict';
import { TurnBudget } from '../../../../services/collector/http/turn-budget.ts';

describe('the budget of a turn of the event loop', () => {
  const now = { wallMs: 1000, cpuMs: 500 };
  let end = () => {};
  const open = () =>
    new TurnBudget(
      () => ({ ...now }),
      (callback) => {
        end = callback;
      },
    );
  const pass = (wallMs: number, cpuMs: number) => {
    now.wallMs += wallMs;
    now.cpuMs += cpuMs;
  };

  it('is spent by the requests of that turn, and whole again in the next', () => {
    const budget = open();
    assert.equal(budget.isSpent(), false);
    pass(250, 200);
    assert.equal(budget.isSpent(), false);
    pass(1, 1);
    assert.equal(budget.isSpent(), true);
    end();
    pass(5000, 5000);
    assert.equal(budget.isSpent(), false, 'what was used between two turns is not of requests');
  });

  it('is not spent by a machine that stands still', () => {
    const budget = open();
    assert.equal(budget.isSpent(), false);
    pass(60_000, 5);
    assert.equal(budget.isSpent(), false);
  });

  it('takes its time from the clock and this thread', async () => {
    const budget = new TurnBudget();
    assert.equal(budget.isSpent(), false);
    for (let at = 0; !budget.isSpent(); at++) Math.sqrt(at);
    await new Promise(setImmediate);
    assert.equal(budget.isSpent(), false);
  });
});
