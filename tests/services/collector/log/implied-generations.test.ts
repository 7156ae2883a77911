import assert from 'node:assert/strict';
import { ImpliedGenerations } from '../../../../services/collector/log/implied-generations.ts';
import type { RecordHeader } from '../../../../services/collector/log/record.ts';

const IDENTITY = { account: '000000000000', region: 'local', cluster: 'local' };
const HOUR_MS = 3_600_000;
const key = (hour: number) => `000000000000/local/local/${hour * HOUR_MS}`;
const batch = (first: number, last = first) => ({ kind: 'batch', identity: IDENTITY, hours: [first * HOUR_MS, last * HOUR_MS] });
const cut = (hour: number, generation: number) => ({ kind: 'cut', target: 'lake', hour: key(hour), generation, atMs: 0 });
const checkpoint = (lake: Record<string, number>) => ({ kind: 'checkpoint', version: 1, generations: { lake } });

function implied(...headers: unknown[]): Record<string, number> {
  const generations = new ImpliedGenerations();
  for (const header of headers) generations.see(header as RecordHeader);
  return generations.of('lake');
}

describe('generations of a log whose first checkpoint is damaged', () => {
  it('are not asked for where it stands', () => {
    assert.deepEqual(implied(checkpoint({ [key(1)]: 7 }), batch(1), cut(1, 7), checkpoint({ [key(1)]: 8 })), {});
  });

  it('are those of the first cut of each hour', () => {
    assert.deepEqual(implied(batch(1), cut(1, 4), batch(1), cut(1, 5), cut(2, 1), checkpoint({ [key(1)]: 6 })), {
      [key(1)]: 4,
      [key(2)]: 1,
    });
  });

  it('are those of the next checkpoint where no cut came before it, absent for an hour that it does not know', () => {
    assert.deepEqual(implied(batch(1, 2), checkpoint({ [key(1)]: 3 }), cut(2, 0)), { [key(1)]: 3 });
  });

  it('are beyond all that were before where nothing speaks of them', () => {
    const generations = new ImpliedGenerations();
    for (const header of [batch(1, 2), cut(1, 2)]) generations.see(header as RecordHeader);
    assert.deepEqual(generations.of('lake'), { [key(1)]: 2 });
    const forgotten = generations.forgotten(0);
    assert.ok((forgotten?.beforeMs as number) >= 3 * HOUR_MS);
    assert.ok((forgotten?.generation as number) > 1e6 && String(forgotten?.generation).length <= 9);
    assert.ok((generations.forgotten(9 * HOUR_MS)?.beforeMs as number) >= 9 * HOUR_MS, 'nor of hours that were over before this log');
    generations.see(checkpoint({}) as RecordHeader);
    assert.equal(generations.forgotten(0), undefined);
  });
});
