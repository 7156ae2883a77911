import assert from 'node:assert/strict';
import { costFooter, costLines, costTable } from '../../../services/local/demo/cost-table.ts';
import { parseDemoOptions } from '../../../services/local/demo/options.ts';
import { createProgress, progressLine } from '../../../services/local/demo/progress.ts';

const row = (
  kind: 'workload' | 'volume' | 'idle' | 'system' | 'unpriced',
  group: string,
  costs: Partial<Record<'cpu' | 'memory' | 'storage', number>>,
) => ({
  kind,
  group,
  cpuCost: costs.cpu ?? null,
  memoryCost: costs.memory ?? null,
  storageCost: costs.storage ?? null,
  loadBalancerCost: null,
  totalCost: kind === 'unpriced' ? null : (costs.cpu ?? 0) + (costs.memory ?? 0) + (costs.storage ?? 0),
});

describe('cost table of the demo', () => {
  const rows = [
    row('idle', '(idle)', { cpu: 9, memory: 1 }),
    row('workload', 'small', { cpu: 1, memory: 0.5 }),
    row('system', '(system)', { cpu: 0.25, memory: 0.25 }),
    row('workload', 'large', { cpu: 2, memory: 1 }),
    row('workload', 'large', { cpu: 2, memory: 1 }),
    row('volume', 'large', { storage: 0.5 }),
    row('unpriced', '(node)', {}),
  ];

  it('adds up steps and kinds, dearest first, then what nobody asked for', () => {
    const lines = costLines({ rows });
    assert.deepEqual(
      lines.map(({ name, totalCost }) => [name, totalCost]),
      [
        ['large', 6.5],
        ['small', 1.5],
        ['(idle)', 10],
        ['(system)', 0.5],
        ['(unpriced)', null],
        ['total', 18.5],
      ],
    );
    assert.equal(lines[0]?.storageCost, 0.5);
  });

  it('shows an unknown cost as a dash, never as 0', () => {
    const text = costTable({ rows });
    assert.match(text, /^\(unpriced\) +- +- +- +- +-$/m);
    assert.match(text, /^small +1\.00 +0\.50 +- +- +1\.50$/m);
    assert.equal(
      new Set(
        text
          .trimEnd()
          .split('\n')
          .map((line) => line.length),
      ).size,
      1,
    );
  });
});

describe('footer of the demo', () => {
  it('says what the numbers rest on and what they leave out', () => {
    const coverage = { hoursExpected: 24, hoursWithData: 23, clusters: [], incomplete: [] };
    assert.equal(
      costFooter({ priceDate: '2026-07-06', coverage, warnings: ['odd'], notes: ['Network is not priced.'] }),
      'List-price estimate, prices of 2026-07-06; 23 of 24 hours with data.\nNetwork is not priced.\nWarning: odd\n',
    );
  });
});

describe('flags of the demo', () => {
  it('default to the last day, seed 1, a temporary folder', () => {
    const expected = { isOnce: false, isJson: false, hours: 24, seed: 1, dataDir: undefined, eventsFile: undefined };
    assert.deepEqual(parseDemoOptions([]), expected);
  });

  it('are read', () => {
    const args = ['--once', '--json', '--hours', '3', '--seed=9', '--data', '/tmp/d', '--events', 'e.json'];
    const expected = { isOnce: true, isJson: true, hours: 3, seed: 9, dataDir: '/tmp/d', eventsFile: 'e.json' };
    assert.deepEqual(parseDemoOptions(args), expected);
    assert.equal(parseDemoOptions(['--help']), 'help');
  });

  for (const [args, message] of [
    [['--ones'], /--ones/],
    [['once'], /once/],
    [['--hours', '0'], /--hours "0" is not a whole number from 1 to 160/],
    [['--hours', '161'], /--hours/],
    [['--hours', '1.5'], /--hours/],
    [['--seed', '-1'], /--seed/],
    [['--seed', 'x'], /--seed "x"/],
    [['--data'], /--data/],
  ] as const) {
    it(`are refused: ${args.join(' ')}`, () => assert.throws(() => parseDemoOptions([...args]), message));
  }
});

describe('progress of the demo', () => {
  it('says how far, how fast and how long', () => {
    assert.equal(progressLine(0.25, 4_500_000, 10), ' 25 %  4.5 M samples  450 k samples/s  30 s left');
    assert.equal(progressLine(0.04, 4_500_000, 10), '  4 %  4.5 M samples  450 k samples/s');
  });

  for (const [isTTY, lines] of [
    [true, 100],
    [false, 10],
  ] as const) {
    it(`${isTTY ? 'rewrites its line on a terminal' : 'prints every tenth elsewhere'}`, () => {
      const written: string[] = [];
      let nowMs = 0;
      const progress = createProgress({ isTTY, write: (text) => written.push(text) }, () => nowMs);
      for (let i = 0; i < 100; i++) {
        nowMs += 100;
        progress.update(i / 100, i * 1000);
      }
      assert.equal(written.length, lines);
      assert.ok(written.every((text) => (isTTY ? text.startsWith('\r') : text.endsWith('\n'))));
    });
  }
});
