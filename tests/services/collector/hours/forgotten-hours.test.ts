import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Batch } from '../../../../services/collector/decode/batch.ts';
import type { SeriesTable } from '../../../../services/collector/decode/series-table.ts';
import { hourKey } from '../../../../services/collector/hours/hour-key.ts';
import { type Generation, OpenHours } from '../../../../services/collector/hours/open-hours.ts';
import { RowArena } from '../../../../services/collector/hours/row-arena.ts';

const HOUR_MS = 3_600_000;
const HOURS = 5;
const ME = { account: '000000000000', region: 'local', cluster: 'a' };
const TABLE = {} as SeriesTable;
const ARENA = new RowArena();
const keyOf = (hour: number) => hourKey(ME, hour * HOUR_MS);

type Entry =
  | { kind: 'batch'; hour: number }
  | { kind: 'cut'; key: string; generation: number }
  | { kind: 'sealed'; key: string; generation: number }
  | ({ kind: 'checkpoint' } & ReturnType<OpenHours['checkpoint']>);

/** What senders, the sealer and the log do next, in any order: a hostile clock lets any hour be late, and any be forgotten. */
const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), hour: fc.nat(HOURS - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), which: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('seal' as const), which: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('checkpoint' as const), hour: fc.nat(HOURS) }) },
);

describe('hours that are forgotten and come again', () => {
  it('never get a generation twice, and a replay finds the same from every checkpoint on behind which all is', () =>
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
        const hours = new OpenHours(ARENA);
        const log: Entry[] = [{ kind: 'checkpoint', ...hours.checkpoint(0) }];
        const written = new Set<string>();
        const starts = [0];
        for (const step of steps) {
          const open = [...hours.generations].filter(({ isCut }) => isCut === (step.kind === 'seal'));
          if (step.kind === 'put') {
            hours.apply(batch(step.hour), ME, 0, 1);
            log.push({ kind: 'batch', hour: step.hour });
          } else if (step.kind === 'checkpoint') {
            if (hours.generations.size === 0) starts.push(log.length);
            log.push({ kind: 'checkpoint', ...structuredClone(hours.checkpoint(step.hour * HOUR_MS)) });
          } else if (open.length > 0) {
            const one = open[step.which % open.length] as Generation;
            const { key, generation } = one;
            if (step.kind === 'cut') {
              hours.cut(key, generation, 1);
              assert.ok(one.isCut, `${key}#${generation} takes no cut`);
            } else {
              assert.ok(!written.has(`${key}#${generation}`), `${key}#${generation} is written twice`);
              written.add(`${key}#${generation}`);
              hours.sealed(key, generation);
            }
            log.push({ kind: step.kind === 'cut' ? 'cut' : 'sealed', key, generation });
          }
        }
        const expected = stateOf(hours);
        for (const start of starts) assert.deepEqual(stateOf(replay(log.slice(start))), expected, `from record ${start}`);
      }),
    ));
});

/** As recover.ts does it. */
function replay(log: Entry[]): OpenHours {
  const hours = new OpenHours(ARENA);
  const sealed = new Set(log.flatMap((record) => (record.kind === 'sealed' ? [`${record.key}#${record.generation}`] : [])));
  for (const record of log) {
    if (record.kind === 'checkpoint') hours.restore(record.generations, record.forgotten);
    else if (record.kind === 'cut') hours.cut(record.key, record.generation, 1);
    else if (record.kind === 'sealed') hours.sealed(record.key, record.generation);
    else if (!sealed.has(`${keyOf(record.hour)}#${hours.currentOf(keyOf(record.hour))}`)) hours.apply(batch(record.hour), ME, 0, 1);
  }
  return hours;
}

function stateOf(hours: OpenHours) {
  const open = [...hours.generations].map(({ key, generation, rows, isCut }) => [key, generation, rows, isCut].join());
  return { open: open.sort(), current: Array.from({ length: HOURS }, (_, hour) => hours.currentOf(keyOf(hour))) };
}

function batch(hour: number): Batch {
  const columns = { series: new Uint32Array(1), timesMs: Float64Array.of(hour * HOUR_MS), bits: new Uint32Array(2) };
  return { table: TABLE, rows: 1, ...columns, packed: {}, outcome: {} as Batch['outcome'] };
}
