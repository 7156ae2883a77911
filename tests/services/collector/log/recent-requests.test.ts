import assert from 'node:assert/strict';
import { type RecentRequest, RecentRequests } from '../../../../services/collector/log/recent-requests.ts';

const at = (receivedAtMs: number): RecentRequest => ({
  receivedAtMs,
  answer: { status: 204, written: 1, text: '' },
  body: undefined,
  position: undefined,
  durable: Promise.resolve(),
});

describe('recent requests', () => {
  it('are known for the window, counted from the newest', () => {
    const recent = new RecentRequests(1000, 100);
    recent.add('a', at(0));
    recent.add('b', at(1000));
    assert.equal(recent.get('a')?.receivedAtMs, 0);
    recent.add('c', at(1001));
    assert.equal(recent.get('a'), undefined);
    assert.equal(recent.get('b')?.receivedAtMs, 1000);
  });

  it('are bounded in number, the oldest going first', () => {
    const recent = new RecentRequests(1000, 2);
    for (const name of ['a', 'b', 'c']) recent.add(name, at(0));
    assert.equal(recent.get('a'), undefined);
    assert.ok(recent.get('b') && recent.get('c'));
  });

  it('stay in order of time when one is added anew', () => {
    const recent = new RecentRequests(1000, 100);
    recent.add('a', at(0));
    recent.add('b', at(100));
    recent.add('a', at(900));
    recent.add('c', at(1500));
    assert.equal(recent.get('a')?.receivedAtMs, 900);
    assert.equal(recent.get('b'), undefined);
  });

  it('are forgotten only by the request that put them there', () => {
    const recent = new RecentRequests(1000, 100);
    const [first, second] = [at(0), at(1)];
    recent.add('a', first);
    recent.add('a', second);
    recent.remove('a', first);
    assert.equal(recent.get('a'), second);
    recent.remove('a', second);
    assert.equal(recent.get('a'), undefined);
  });
});
