import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLocal } from './start-local-store.ts';
import { isLaxer, STORE_OUTCOMES } from './store-outcomes.ts';
import { storeSuite } from './store-suite.ts';

storeSuite('local', startLocal);

describe('differences of the stores', () => {
  for (const [what, { local, versitygw }] of Object.entries(STORE_OUTCOMES)) {
    it(`the local store is not laxer than the gateway: ${what}`, () => assert.ok(!isLaxer(local, versitygw), `${local}, ${versitygw}`));
  }

  it('are listed in docs/protocols.md, no more and no fewer', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/protocols.md'), 'utf8');
    const listed = page.slice(page.indexOf('| what happens | local store |')).split('\n\n')[0].split('\n').slice(2);
    const expected = Object.entries(STORE_OUTCOMES)
      .filter(([, { local, versitygw, moto }]) => new Set([local, versitygw, moto]).size > 1)
      .map(([what, { local, versitygw, moto }]) => `| ${what} | ${local} | ${versitygw} | ${moto} |`);
    assert.deepEqual(
      listed.filter((line) => line.startsWith('|')),
      expected,
    );
  });
});
