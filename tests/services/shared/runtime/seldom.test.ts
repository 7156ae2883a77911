import assert from 'node:assert/strict';
import { reasonOf, seldom } from '@tallyship/shared/runtime/seldom';

describe('a line that comes again and again', () => {
  it('is said at once, then once a period with how many were left out, each kind for itself', () => {
    let nowMs = 0;
    const told = seldom({ everyMs: 1000, now: () => nowMs });
    const said: string[] = [];
    const tell = (kind: string) => told(kind, (leftOut) => said.push(`${nowMs} ${kind} ${leftOut}`));
    tell('log holds 1 bytes');
    tell('log holds 22 bytes');
    tell('no space');
    nowMs = 999;
    tell('log holds 333 bytes');
    nowMs = 1000;
    tell('log holds 4444 bytes');
    tell('no space');
    assert.deepEqual(said, ['0 log holds 1 bytes 0', '0 no space 0', '1000 log holds 4444 bytes 2', '1000 no space 0']);
  });

  it('does not remember kinds without bound', () => {
    const told = seldom({ now: () => 0 });
    let said = 0;
    for (let at = 0; at < 1000; at++) told('x'.repeat(at), () => said++);
    assert.equal(said, 501);
  });

  it('tells the causes with it', () => {
    assert.equal(reasonOf(new Error('log cannot be written', { cause: new Error('ENOSPC') })), 'log cannot be written: ENOSPC');
  });
});
