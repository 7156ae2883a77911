import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { loadPriceTable } from '@tallyship/cost/price-table';
import { formatsPage } from './formats-page.ts';
import { readServiceSettings } from './service-settings.ts';
import { settingsPage } from './settings-page.ts';
import { stackCostsPage } from './stack-costs-page.ts';
import { stackSettingsPage } from './stack-settings-page.ts';

const HELP = `npm run docs [-- --check]

Writes the parts of docs/ that are made from code: docs/settings.md, docs/stack-settings.md, docs/stack-costs.md, and the tables of columns in docs/formats.md.
--check writes nothing and fails when a page is stale.`;

const ROOT = join(import.meta.dirname, '../..');
const SETTINGS = join(ROOT, 'docs/settings.md');
const STACK_SETTINGS = join(ROOT, 'docs/stack-settings.md');
const STACK_COSTS = join(ROOT, 'docs/stack-costs.md');
const FORMATS = join(ROOT, 'docs/formats.md');

const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help) console.log(HELP);
else await writeOrCheck(values.check ?? false);

async function writeOrCheck(isCheck: boolean): Promise<void> {
  const pages = [
    { path: SETTINGS, content: settingsPage(await readServiceSettings(join(ROOT, 'services'))) },
    { path: STACK_SETTINGS, content: stackSettingsPage() },
    { path: STACK_COSTS, content: stackCostsPage(ROOT, await loadPriceTable()) },
    { path: FORMATS, content: formatsPage(readFileSync(FORMATS, 'utf8')) },
  ];
  const stale = pages.filter(({ path, content }) => read(path) !== content);
  for (const { path, content } of stale) {
    if (isCheck) console.error(`${relative(ROOT, path)} is stale: npm run docs`);
    else writeFileSync(path, content);
  }
  if (isCheck && stale.length > 0) process.exitCode = 1;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
