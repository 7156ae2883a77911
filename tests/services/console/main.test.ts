import assert from 'node:assert/strict';
import { join } from 'node:path';
import { startChild } from '../../support/child.ts';
import { temporaryDir } from '../../support/tiny-lake.ts';

const MAIN = join(import.meta.dirname, '../../../services/console/main.ts');

describe('console as a process', () => {
  it('serves a lake that it is given by the environment, and ends in peace on SIGTERM', async () => {
    const { dir, remove } = await temporaryDir();
    const child = startChild(process.execPath, [MAIN], { env: { LAKE_DIR: dir, CONSOLE_PORT: '0' } });
    try {
      const [, url] = await child.line(/"url":"(http:[^"]+)".*console listens/, 50_000);
      const response = await fetch(`${url}/readyz`);
      assert.deepEqual([response.status, await response.text()], [200, 'ok\n']);
      assert.equal(await child.end('SIGTERM', 50_000), 0);
    } finally {
      await child.end('SIGKILL');
      await remove();
    }
  });

  it('names every setting that is wrong, and ends with 1', async () => {
    const child = startChild(process.execPath, [MAIN], { env: { CONSOLE_PORT: '70000', QUERY_THREADS: 'many' } });
    await child.line(/QUERY_THREADS/, 50_000);
    assert.equal(await child.end('SIGCONT', 50_000), 1);
    for (const fault of [
      'CONSOLE_PORT="70000" is above 65535',
      'LAKE_DIR or LAKE_BUCKET is required',
      'QUERY_THREADS="many" is not a whole number',
    ])
      assert.ok(child.output().includes(fault), child.output());
  });
});
