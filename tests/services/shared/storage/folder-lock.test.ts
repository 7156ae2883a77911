import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder } from '@tallyship/shared/storage/folder-lock';
import { startChild } from '../../../support/child.ts';

describe('the lock of a folder', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-lock-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('lets one holder of a name in, and the next one when it is given back', () => {
    const unlock = lockFolder(dir, 'collector');
    assert.throws(() => lockFolder(dir, 'collector'), /is in use by another collector/);
    lockFolder(dir, 'shipper')();
    unlock();
    lockFolder(dir, 'collector')();
  });

  it('ends with its process, also by kill -9', async () => {
    const script = `import { lockFolder } from '@tallyship/shared/storage/folder-lock'; lockFolder(${JSON.stringify(dir)}, 'collector'); console.log('locked'); setInterval(() => {}, 1000);`;
    const child = startChild(process.execPath, ['--input-type=module', '--eval', script]);
    await child.line(/^locked$/m, 30_000);
    assert.throws(() => lockFolder(dir, 'collector'), /is in use/);
    await child.end('SIGKILL');
    lockFolder(dir, 'collector')();
  });
});
