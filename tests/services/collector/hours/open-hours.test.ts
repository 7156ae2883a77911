import assert from 'node:assert/strict';
import type { Batch } from '../../../../services/collector/decode/batch.ts';
import type { SeriesTable } from '../../../../services/collector/decode/series-table.ts';
import { hourKey, parseHourKey } from '../../../../services/collector/hours/hour-key.ts';
import { OpenHours } from '../../../../services/collector/hours/open-hours.ts';
import { RowArena } from '../../../../services/collector/hours/row-arena.ts';

const HOUR_MS = 3_600_000;
const ME = { account: '000000000000', region: 'local', cluster: 'a' };
const OTHER = { ...ME, cluster: 'b' };
const TABLE = {} as SeriesTable;
const ARENA = new RowArena();

/** A batch of one series with a sample at each time. */
function batch(timesMs: number[], table = TABLE): Batch {
  const rows = timesMs.length;
  const outcome = {} as Batch['outcome'];
  const columns = { series: new Uint32Array(rows), timesMs: Float64Array.from(timesMs), bits: new Uint32Array(2 * rows) };
  return { table, rows, ...columns, packed: {}, outcome };
}

const seen = (hours: OpenHours) => [...hours.generations].map(({ key, generation, rows, isCut }) => ({ key, generation, rows, isCut }));

describe('the open hours', () => {
  it('name an hour of a cluster so that it can be read back', () => {
    assert.deepEqual(parseHourKey(hourKey(ME, 7 * HOUR_MS)), { identity: ME, hourStartMs: 7 * HOUR_MS });
  });

  it('part the rows of a batch by hour, and clusters from one another', () => {
    const hours = new OpenHours(ARENA);
    hours.apply(batch([HOUR_MS - 1, HOUR_MS, 2 * HOUR_MS - 1, 0]), ME, 5, 1);
    hours.apply(batch([0]), OTHER, 5, 1);
    assert.deepEqual(seen(hours), [
      { key: hourKey(ME, 0), generation: 0, rows: 2, isCut: false },
      { key: hourKey(ME, HOUR_MS), generation: 0, rows: 2, isCut: false },
      { key: hourKey(OTHER, 0), generation: 0, rows: 1, isCut: false },
    ]);
    assert.equal(hours.rows, 5);
  });

  it('keep times and value bits of every row', () => {
    const hours = new OpenHours(ARENA);
    const one = batch([HOUR_MS + 17]);
    one.bits.set([2, 0x7ff00000]);
    hours.apply(one, ME, 0, 1);
    const [offsets, bits] = [new Uint32Array(1), new Uint32Array(2)];
    [...hours.generations][0]?.pieces[0]?.rows.read(1, 1, offsets, bits, 0);
    assert.deepEqual([...offsets, ...bits], [17, 2, 0x7ff00000]);
  });

  it('send what comes after a cut to the next generation, and leave the cut one as it is', () => {
    const hours = new OpenHours(ARENA);
    const key = hourKey(ME, 0);
    hours.apply(batch([1, 2]), ME, 0, 1);
    hours.cut(key, 0, 100);
    hours.apply(batch([3]), ME, 0, 2);
    assert.deepEqual(seen(hours), [
      { key, generation: 0, rows: 2, isCut: true },
      { key, generation: 1, rows: 1, isCut: false },
    ]);
    hours.sealed(key, 0);
    assert.deepEqual(seen(hours), [{ key, generation: 1, rows: 1, isCut: false }]);
    assert.equal(hours.rows, 1);
  });

  it('take a cut that was made before as no cut', () => {
    const hours = new OpenHours(ARENA);
    const key = hourKey(ME, 0);
    hours.restore({ [key]: 4 });
    hours.apply(batch([1]), ME, 0, 1);
    hours.cut(key, 3, 100);
    assert.deepEqual(seen(hours), [{ key, generation: 4, rows: 1, isCut: false }]);
  });

  it('never go back to a generation that was used, whatever older checkpoint comes', () => {
    const hours = new OpenHours(ARENA);
    const key = hourKey(ME, 0);
    hours.restore({ [key]: 4 });
    hours.restore({ [key]: 2 });
    assert.equal(hours.currentOf(key), 4);
  });

  it('give the memory of a sealed generation back', () => {
    const hours = new OpenHours(ARENA);
    const heldBytes = ARENA.heldBytes;
    hours.apply(batch([1, HOUR_MS]), ME, 0, 1);
    assert.equal(hours.bytes, ARENA.heldBytes - heldBytes);
    assert.ok(hours.bytes > 0);
    for (const key of [hourKey(ME, 0), hourKey(ME, HOUR_MS)]) hours.sealed(key, 0);
    assert.deepEqual([hours.bytes, ARENA.heldBytes], [0, heldBytes]);
  });

  it('hold the series tables of what is not sealed, and no others', () => {
    const hours = new OpenHours(ARENA);
    const [first, second] = [{}, {}] as [SeriesTable, SeriesTable];
    hours.apply(batch([0, HOUR_MS], first), ME, 0, 1);
    hours.apply(batch([HOUR_MS, 0, HOUR_MS], second), ME, 0, 1);
    hours.cut(hourKey(ME, 0), 0, 1);
    hours.sealed(hourKey(ME, 0), 0);
    assert.deepEqual(
      [...hours.tables].map((table) => table === first),
      [true, false],
    );
    hours.cut(hourKey(ME, HOUR_MS), 0, 2);
    hours.apply(batch([HOUR_MS], second), ME, 0, 1);
    hours.sealed(hourKey(ME, HOUR_MS), 0);
    assert.deepEqual(
      [...hours.tables].map((table) => table === second),
      [true],
    );
    hours.sealed(hourKey(ME, HOUR_MS), 1);
    assert.deepEqual([...hours.tables], []);
  });

  it('give no two cuts the same time', () => {
    const hours = new OpenHours(ARENA);
    hours.apply(batch([0, HOUR_MS]), ME, 0, 1);
    const first = hours.nextCutMs(100);
    hours.cut(hourKey(ME, 0), 0, first);
    assert.ok(hours.nextCutMs(100) > first);
    assert.ok(hours.nextCutMs(50) > first, 'nor when the clock goes back');
  });

  it('say from which segment on the log is needed', () => {
    const hours = new OpenHours(ARENA);
    assert.equal(hours.firstNeededSegment, Number.POSITIVE_INFINITY);
    hours.apply(batch([0]), ME, 0, 3);
    hours.apply(batch([0, HOUR_MS]), ME, 0, 5);
    assert.equal(hours.firstNeededSegment, 3);
    hours.cut(hourKey(ME, 0), 0, 100);
    assert.equal(hours.firstNeededSegment, 3);
    hours.sealed(hourKey(ME, 0), 0);
    assert.equal(hours.firstNeededSegment, 5);
  });

  it('put counters of hours that may still get samples into a checkpoint, and forget the others', () => {
    const hours = new OpenHours(ARENA);
    hours.restore({ [hourKey(ME, 0)]: 1, [hourKey(ME, HOUR_MS)]: 2, [hourKey(ME, 9 * HOUR_MS)]: 3 });
    hours.apply(batch([HOUR_MS]), ME, 0, 1);
    assert.deepEqual(hours.checkpoint(9 * HOUR_MS).generations, { [hourKey(ME, HOUR_MS)]: 2, [hourKey(ME, 9 * HOUR_MS)]: 3 });
  });

  it('never begin a forgotten hour again at a generation that any had, and others at none', () => {
    const hours = new OpenHours(ARENA);
    hours.restore({ [hourKey(ME, 0)]: 4, [hourKey(OTHER, 0)]: 1 });
    hours.checkpoint(HOUR_MS);
    assert.ok(hours.currentOf(hourKey(ME, 0)) > 3);
    assert.ok(hours.currentOf(hourKey(OTHER, 0)) > 0);
    assert.equal(hours.currentOf(hourKey(ME, HOUR_MS)), 0);
    const first = hours.currentOf(hourKey(ME, 0));
    hours.apply(batch([1]), ME, 0, 1);
    hours.cut(hourKey(ME, 0), first, 1);
    hours.checkpoint(HOUR_MS);
    assert.ok(hours.currentOf(hourKey(ME, 0)) > first, 'forgotten once more');
  });

  it('forget the same at a replay, whatever the clock was', () => {
    // A clock that was an hour ahead at the first checkpoint, and behind again at the second.
    const hours = new OpenHours(ARENA);
    const key = (hour: number) => hourKey(ME, hour * HOUR_MS);
    hours.restore({ [key(0)]: 4, [key(1)]: 3, [key(2)]: 2 });
    const open = (time: number) => hours.apply(batch([time]), ME, 0, 1);
    open(2 * HOUR_MS);
    const checkpoints = [hours.checkpoint(3 * HOUR_MS)];
    open(0);
    hours.cut(key(0), hours.currentOf(key(0)), 1);
    checkpoints.push(hours.checkpoint(HOUR_MS));
    const seen = [0, 1, 2, 3].map((hour) => hours.currentOf(key(hour)));
    assert.equal(seen[2], 2, 'an open hour keeps its generation');

    const again = new OpenHours(ARENA);
    again.restore({ [key(0)]: 4, [key(1)]: 3, [key(2)]: 2 });
    const [first, second] = checkpoints as [(typeof checkpoints)[0], (typeof checkpoints)[0]];
    again.restore(first.generations, first.forgotten);
    again.cut(key(0), again.currentOf(key(0)), 1);
    again.restore(second.generations, second.forgotten);
    assert.deepEqual(
      [0, 1, 2, 3].map((hour) => again.currentOf(key(hour))),
      seen,
    );
  });

  it('keep rows of a replaced series table apart from the old ones', () => {
    const hours = new OpenHours(ARENA);
    hours.apply(batch([1]), ME, 0, 1);
    hours.apply(batch([2], {} as SeriesTable), ME, 0, 1);
    assert.deepEqual(
      [...hours.generations][0]?.pieces.map(({ rows }) => rows.rows),
      [1, 1],
    );
  });

  it('hurry the largest open hour, or all of them, but never one that is cut', () => {
    const hours = new OpenHours(ARENA);
    hours.apply(batch([0, 1, HOUR_MS, HOUR_MS + 1, HOUR_MS + 2]), ME, 0, 1);
    hours.cut(hourKey(ME, HOUR_MS), 0, 1);
    hours.apply(batch([HOUR_MS]), ME, 0, 1);
    const urgent = () => [...hours.generations].filter(({ isUrgent }) => isUrgent).map(({ rows }) => rows);
    hours.sealEarly('largest');
    assert.deepEqual(urgent(), [2]);
    hours.sealEarly('all');
    assert.deepEqual(urgent(), [2, 1]);
  });
});
