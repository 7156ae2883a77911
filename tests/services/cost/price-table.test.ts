import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parsePriceFile } from '../../../services/cost/price-file.ts';
import { priceSchedule, splitNodePrice } from '../../../services/cost/price-schedule.ts';
import { choosePrice, loadPriceTable, priceTable } from '../../../services/cost/price-table.ts';

const HEADER = 'kind,type,region,purchase,usd,unit,vcpu,memory_gib,gpu,valid_from,source';
const WEIGHTS = [
  'weight,vcpu,*,,0.03,USD/vcpu-hour,,,,2020-01-01,test',
  'weight,memory,*,,0.004,USD/memory-hour,,,,2020-01-01,test',
  'weight,gpu,*,,0.9,USD/gpu-hour,,,,2020-01-01,test',
];
const file = (...lines: string[]) => [HEADER, ...lines].join('\n');
const rows = (...lines: string[]) => parsePriceFile(file(...lines), 'test.csv');
const instance = (usd: number, date: string, purchase = 'on-demand', shape = '2,8,0') =>
  `instance,m6i.large,us-east-1,${purchase},${usd},USD/hour,${shape},${date},test`;
const M6I = { kind: 'instance', type: 'm6i.large', region: 'us-east-1', purchase: 'on-demand' } as const;
const day = (text: string) => Date.parse(text);

describe('price table', () => {
  it('holds every EC2 type of us-east-1 with its shape, and the other meters', async () => {
    const table = await loadPriceTable();
    const instances = table.rows.filter((row) => row.kind === 'instance');
    assert.ok(instances.length > 1300, `${instances.length} instance types`);
    for (const row of instances) assert.ok(row.usd > 0 && row.shape && row.shape.vcpu > 0 && row.shape.memoryGib > 0, row.type);
    for (const row of table.rows) assert.ok(row.source !== '' && row.validFromMs > 0, row.type);
    const usd = (type: string) => choosePrice(table, { ...M6I, type }, day('2026-08-01'))?.usd;
    assert.deepEqual([usd('m6i.large'), usd('m7g.large'), usd('t3.medium'), usd('no.such')], [0.096, 0.0816, 0.0416, undefined]);
    assert.equal(choosePrice(table, { kind: 'volume', type: 'gp3', region: 'us-east-1', purchase: '' }, day('2026-08-01'))?.usd, 0.08);
    assert.deepEqual(table.rows.find((row) => row.type === 'p3.8xlarge')?.shape, { vcpu: 32, memoryGib: 244, gpu: 4 });
  });

  it('takes the newest price that was valid by the hour, and the oldest one before all of them', () => {
    const table = priceTable(rows(...WEIGHTS, instance(0.2, '2026-03-01'), instance(0.1, '2026-01-01'), instance(0.3, '2026-05-01')));
    const usd = (text: string) => choosePrice(table, M6I, day(text))?.usd;
    assert.deepEqual(['2025-01-01', '2026-01-01', '2026-02-28T23:00Z', '2026-03-01', '2027-01-01'].map(usd), [0.1, 0.1, 0.1, 0.2, 0.3]);
  });

  it('lets the rows of an override win from their first date on, and keeps the rest', () => {
    const base = rows(...WEIGHTS, instance(0.1, '2026-01-01'), instance(0.3, '2026-05-01'));
    const table = priceTable(base, rows(instance(0.2, '2026-03-01', 'on-demand', ',,')));
    const at = (text: string) => choosePrice(table, M6I, day(text));
    assert.deepEqual([at('2026-02-01')?.usd, at('2026-04-01')?.usd, at('2026-06-01')?.usd], [0.1, 0.2, 0.2]);
    assert.deepEqual(at('2026-06-01')?.shape, { vcpu: 2, memoryGib: 8, gpu: 0 });
  });

  it('prices on-demand nodes by a savings row where there is one, spot nodes by nothing but a spot row', () => {
    const table = priceTable(
      rows(...WEIGHTS, instance(0.1, '2026-01-01'), instance(0.07, '2026-03-01', 'savings'), instance(0.03, '2026-02-01', 'spot')),
    );
    const usd = (purchase: string, text: string) =>
      priceSchedule(table).find((row) => row.purchase === purchase && row.from_ms <= day(text) && day(text) < row.to_ms)?.usd;
    assert.deepEqual([usd('on-demand', '2026-02-01'), usd('on-demand', '2026-04-01')], [0.1, 0.07]);
    assert.deepEqual([usd('reserved', '2026-04-01'), usd('spot', '2026-04-01')], [0.07, 0.03]);
    const withoutSpot = priceSchedule(priceTable(rows(...WEIGHTS, instance(0.1, '2026-01-01'))));
    assert.equal(
      withoutSpot.some((row) => row.purchase === 'spot'),
      false,
    );
  });

  it('schedules prices without gap or overlap', () => {
    const dates = fc.array(fc.tuple(fc.constantFrom('on-demand', 'savings', 'reserved'), fc.integer({ min: 1, max: 28 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(dates, (given) => {
        const lines = given.map(([purchase, d], i) => instance(0.1 + i / 100, `2026-01-${String(d).padStart(2, '0')}`, purchase));
        const schedule = priceSchedule(priceTable(rows(...WEIGHTS, ...lines)));
        for (const purchase of new Set(schedule.map((row) => row.purchase))) {
          const periods = schedule.filter((row) => row.purchase === purchase).sort((a, b) => a.from_ms - b.from_ms);
          for (let i = 1; i < periods.length; i++) assert.equal(periods[i].from_ms, periods[i - 1].to_ms);
          assert.ok(periods[0].from_ms < 0 && periods[periods.length - 1].to_ms > day('2100-01-01'));
        }
      }),
    );
  });

  it('splits a node price into parts that sum to it', () => {
    const amount = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(amount, amount, amount, amount, (usd, vcpu, memoryGib, gpu) => {
        fc.pre(vcpu + memoryGib + gpu > 0);
        const parts = splitNodePrice(usd, { vcpu, memoryGib, gpu }, { vcpu: 0.031611, memory: 0.004237, gpu: 0.95 });
        assert.ok(Math.abs(parts.cpu + parts.memory + parts.gpu - usd) < 1e-9);
      }),
    );
  });

  it('names file, line and column of every fault at once', () => {
    const faults: [string, RegExp][] = [
      [file('disk,gp3,us-east-1,,0.08,USD/GiB-month,,,,2026-01-01,x'), /test\.csv line 2: kind is not one of instance, volume/],
      [file('volume,gp3,us-east-1,,8e-2,USD/GiB-month,,,,2026-01-01,x'), /line 2: usd is not a plain decimal number/],
      [file('volume,gp3,us-east-1,,0.08,USD/hour,,,,2026-01-01,x'), /line 2: unit does not fit the kind/],
      [file('volume,gp3,us-east-1,,0.08,USD/GiB-month,,,,6.7.2026,x'), /line 2: valid_from is not a date/],
      [file('', instance(1, '2026-01-01', '')), /line 3: purchase is empty/],
      [file('volume,gp3,us-east-1,,0.08,USD/GiB-month,,,,2026-01-01,'), /source is empty/],
      ['kind,type\nvolume,gp3', /lacks the columns region, purchase/],
      ['', /test\.csv is empty/],
    ];
    for (const [text, message] of faults) assert.throws(() => parsePriceFile(text, 'test.csv'), message);
    assert.throws(
      () => priceTable(rows(...WEIGHTS), rows('instance,x9.big,us-east-1,spot,1,USD/hour,,,,2026-01-01,x')),
      /instance type x9\.big is in no other row: give its vcpu and memory_gib/,
    );
  });

  it('reads an override from a file, quotes and CRLF as spreadsheets write them, and names one that is not there', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tallyship-prices-'));
    const path = join(dir, 'own.csv');
    await writeFile(
      path,
      `\uFEFF${HEADER}\r\n"instance","m6i.large","us-east-1","spot","0.04","USD/hour","","","","2026-01-01","own, ""bill"""\r\n`,
    );
    const table = await loadPriceTable(path);
    assert.equal(choosePrice(table, { ...M6I, purchase: 'spot' }, day('2026-08-01'))?.source, 'own, "bill"');
    await rm(dir, { recursive: true });
    await assert.rejects(loadPriceTable(path), /price file .*own\.csv cannot be read/);
  });
});
