import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadPriceTable } from '@tallyship/cost/price-table';
import { choice, integer, optionalText, text } from '@tallyship/shared/runtime/settings';
import { formatsPage } from '../../tools/docs/formats-page.ts';
import { settingsPage } from '../../tools/docs/settings-page.ts';
import { stackCostsPage } from '../../tools/docs/stack-costs-page.ts';

describe('generated docs', () => {
  it('state each setting with its fallback, limits and choices', () => {
    const page = settingsPage([
      {
        service: 'sieve',
        definitions: {
          MESH_MM: integer({ min: 1, max: 9, fallback: '4', describe: 'Width of the mesh.' }),
          GRAIN: choice(['rye', 'oat'], { fallback: 'oat', describe: 'What is sieved; rye | oat.' }),
          SACK_FILE: optionalText({ describe: 'Where it goes.' }),
          OWNER: text({ describe: 'Whose it is.' }),
        },
      },
    ]);
    assert.deepEqual(page.split('\n').slice(-5), [
      '| `MESH_MM` | `4` | 1 … 9 | Width of the mesh. |',
      '| `GRAIN` | `oat` | `rye`, `oat` | What is sieved; rye \\| oat. |',
      '| `SACK_FILE` | empty | text | Where it goes. |',
      '| `OWNER` | **required** | text | Whose it is. |',
      '',
    ]);
  });

  it('put the columns of every table between their marks and keep the prose', () => {
    const others = ['usage', 'histograms', 'exemplars', 'shipments'].map((table) => `<!-- columns: ${table} -->\n<!-- end -->\n`);
    const page = `before\n<!-- columns: samples -->\nstale\n<!-- end -->\nbetween\n${others.join('')}after\n`;
    const made = formatsPage(page);
    assert.match(made, /^before\n<!-- columns: samples -->\n\| column/);
    assert.match(made, /\| `value` \| double \| yes \|/);
    assert.doesNotMatch(made, /stale\n<!-- end/);
    assert.match(made, /<!-- end -->\nbetween\n/);
    assert.equal(formatsPage(made), made);
  });

  it('refuse a page that has no place for a table', () => {
    assert.throws(() => formatsPage('<!-- columns: samples -->\n<!-- end -->'), /columns: usage/);
  });

  it('add up what a stack costs a month', async () => {
    const page = stackCostsPage(join(import.meta.dirname, '../..'), await loadPriceTable());
    for (const section of page.split('\n## ').slice(1)) {
      const amounts = [...section.matchAll(/^\| [^*].* \| (\d+) \| ([\d.]+) \| ([\d.]+) \|/gm)].map(([, , , amount]) => Number(amount));
      const total = Number(/\*\*([\d.]+)\*\* \|/.exec(section)?.[1]);
      assert.ok(amounts.length > 5);
      assert.ok(Math.abs(amounts.reduce((sum, amount) => sum + amount, 0) - total) < 0.1, `${amounts} is not ${total}`);
    }
  });

  it('refuse a stack whose nodes have no price', async () => {
    const { weights, rows } = await loadPriceTable();
    const prices = { weights, rows: rows.filter(({ type }) => type !== 'm7g.xlarge') };
    assert.throws(() => stackCostsPage(join(import.meta.dirname, '../..'), prices), /no instance m7g.xlarge in us-east-1/);
  });
});
