import assert from 'node:assert/strict';
import { choice, integer, optionalText, text } from '@tallyship/shared/runtime/settings';
import { formatsPage } from '../../tools/docs/formats-page.ts';
import { settingsPage } from '../../tools/docs/settings-page.ts';

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
    const page =
      'before\n<!-- columns: samples -->\nstale\n<!-- end -->\nbetween\n<!-- columns: usage -->\n<!-- end -->\n<!-- columns: shipments -->\n<!-- end -->\nafter\n';
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
});
