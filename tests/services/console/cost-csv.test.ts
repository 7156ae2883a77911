import assert from 'node:assert/strict';
import { costCsv } from '../../../services/console/cost-csv.ts';
import { costAnswer, costRow, UNKNOWN } from '../../support/cost-rows.ts';

describe('cost CSV', () => {
  const linesOf = (values: object) => costCsv(costAnswer([costRow(values)])).split('\r\n');

  it('has a header, CRLF line ends and the basis in every row', () => {
    const [header, row, end, ...rest] = linesOf({});
    assert.match(header, /^step_start,cluster,kind,group,.*,total_cost_usd,.*,basis,price_date$/);
    assert.match(row, /^2026-11-20T00:00:00Z,000000000000\/us-east-1\/test,workload,shop,.*,1\.5,.*,list-price estimate,2026-07-06$/);
    assert.equal(row.split(',').length, header.split(',').length);
    assert.deepEqual([end, rest], ['', []]);
  });

  it('leaves an unknown cost empty and says why', () => {
    const [header, row] = linesOf({ ...UNKNOWN, kind: 'unpriced', reason: 'no price for instance type x9.huge' });
    const cells = Object.fromEntries(header.split(',').map((name, i) => [name, row.split(',')[i]]));
    for (const name of header.split(',').filter((name) => name.endsWith('_cost_usd'))) assert.equal(cells[name], '', name);
    assert.equal(cells.reason, 'no price for instance type x9.huge');
  });

  for (const [group, cell] of [
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', '"\'\rx"'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    [' =1+1', "' =1+1"],
    ['\u00a0@x', "'\u00a0@x"],
    ['\u200b=1', "'\u200b=1"],
    ['＝1+1', "'＝1+1"],
    ['shop=1', 'shop=1'],
    [' shop', ' shop'],
  ]) {
    it(`writes the group ${JSON.stringify(group)} so that no reader mistakes it`, () => {
      assert.ok(costCsv(costAnswer([costRow({ group })])).includes(`,workload,${cell},2,1,2,`));
    });
  }

  it('leaves negative and tiny numbers numbers', () => {
    assert.match(costCsv(costAnswer([costRow({ cpuCost: 1e-7, memoryCost: -0.25 })])), /,1e-7,-0\.25,/);
  });
});
