import assert from 'node:assert/strict';
import { groupName, MAX_RANGE_DAYS, readCostRequest } from '../../../services/console/cost-request.ts';
import { ParameterError } from '../../../services/console/parameters.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 21, 8, 25);
const read = (query: string) => readCostRequest(new URLSearchParams(query), NOW_MS);

describe('cost request', () => {
  it('means the last 24 hours by namespace and hour when it says nothing', () => {
    const toMs = Date.UTC(2026, 10, 21, 9);
    assert.deepEqual(read(''), {
      query: { fromMs: toMs - 24 * HOUR_MS, toMs, step: 'hour', group: { kind: 'namespace' } },
      format: undefined,
    });
  });

  for (const [time, expected] of [
    ['2026-11-20', Date.UTC(2026, 10, 20)],
    ['2026-11-20T05Z', Date.UTC(2026, 10, 20, 5)],
    ['2026-11-20T05:00Z', Date.UTC(2026, 10, 20, 5)],
    ['2026-11-20T05:00:00Z', Date.UTC(2026, 10, 20, 5)],
    ['2026-11-20T05:00:00.000Z', Date.UTC(2026, 10, 20, 5)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
  ] as const) {
    it(`reads the time ${time}`, () =>
      assert.equal(read(`from=${time}&to=${new Date(expected + HOUR_MS).toISOString()}`).query.fromMs, expected));
  }

  it('lets `to` alone move the 24 hours', () => {
    const { query } = read('to=2026-01-02');
    assert.deepEqual([query.fromMs, query.toMs], [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)]);
  });

  for (const [query, step] of [
    ['from=2026-11-01&to=2026-11-03', 'hour'],
    ['from=2026-11-01&to=2026-11-04', 'day'],
    ['from=2026-01-01&to=2026-07-01', 'month'],
    ['from=2026-11-01&to=2026-11-02&step=month', 'month'],
  ] as const) {
    it(`takes ${step} as the step of ${query}`, () => assert.equal(read(query).query.step, step));
  }

  for (const group of ['namespace', 'workload', 'pod', 'container', 'node', 'team', 'label:team', 'label:app.kubernetes.io/name']) {
    it(`takes group ${group} and calls it so`, () => assert.equal(groupName(read(`group=${group}`).query.group), group));
  }

  const refused: [query: string, parameter: string, says: RegExp][] = [
    ['group=nodes', 'group', /"nodes" is not one of namespace, workload, .*label:<key>/],
    ['group=Namespace', 'group', /is not one of/],
    ['group=', 'group', /is empty/],
    ['group=label', 'group', /is not one of/],
    ['group=label:', 'group', /label key/],
    ["group=label:a'b", 'group', /label key/],
    ['group=label:a"b', 'group', /label key/],
    ['group=label:a b', 'group', /label key/],
    [`group=label:${'a'.repeat(318)}`, 'group', /label key/],
    ['group=pod&group=node', 'group', /more than once/],
    ['from=yesterday', 'from', /"yesterday" is not a time in UTC/],
    ['from=2026-02-30', 'from', /is not a time/],
    ['from=2026-11-20T24:00Z', 'from', /is not a time/],
    ['from=2026-11-20T05:00', 'from', /is not a time/],
    ['from=2026-11-20T05:00:00%2B02:00', 'from', /is not a time/],
    ['from=1732000000', 'from', /is not a time/],
    ['from=2026-11-20T05:30Z', 'from', /is not a whole hour/],
    ['from=2026-11-20T05:00:01Z', 'from', /is not a whole hour/],
    ['from=1999-12-31T23Z&to=2000-01-01', 'from', /outside 2000 to 2100/],
    ['to=9999-12-31', 'to', /outside 2000 to 2100/],
    ['to=2026-11-20T05:00:00.001Z', 'to', /is not a whole hour/],
    ['to=2026-11-20&to=2026-11-21', 'to', /more than once/],
    ['from=2026-11-20&to=2026-11-20', 'from', /not before to/],
    ['from=2026-11-21&to=2026-11-20', 'from', /not before to/],
    ['from=2027-01-01', 'from', /not before to/],
    ['step=week', 'step', /"week" is not one of hour, day, month/],
    ['step=toString', 'step', /is not one of/],
    ['step=', 'step', /is empty/],
    ['format=xml', 'format', /"xml" is not one of json, csv/],
    ['limit=5', 'limit', /unknown parameter "limit"; known: group, from, to, step, format/],
    ['__proto__=x', '__proto__', /unknown parameter/],
    ['GROUP=pod', 'GROUP', /unknown parameter/],
    [`from=${'9'.repeat(5000)}`, 'from', /"9{80}…" is not a time/],
  ];
  for (const [query, parameter, says] of refused) {
    it(`refuses ${query.slice(0, 50)} and names ${parameter}`, () => {
      assert.throws(
        () => read(query),
        (error) =>
          error instanceof ParameterError && error.parameter === parameter && says.test(error.message) && error.message.length < 250,
      );
    });
  }

  it('bounds the range by the step', () => {
    assert.equal(MAX_RANGE_DAYS.hour, 31);
    read('from=2026-10-01&to=2026-11-01&step=hour');
    assert.throws(() => read('from=2026-10-01&to=2026-11-01T01Z&step=hour'), /spans 32 days, the most for step hour is 31/);
    read('from=2025-10-17&to=2026-11-21&step=day');
    assert.throws(() => read('from=2025-10-16&to=2026-11-21&step=day'), /spans 401 days, the most for step day is 400/);
    assert.throws(() => read('from=2025-10-16&to=2026-11-21'), /the most for step month is 400/);
  });
});
