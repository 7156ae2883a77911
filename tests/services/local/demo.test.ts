import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertCostsMatch, DEMO, runDemoProcess } from './demo-against-closed-form.ts';

describe('npm run demo', function () {
  this.timeout(120_000);

  it('prints costs that equal the closed form of its event list', async () => {
    const run = await runDemoProcess(3, 1);
    assertCostsMatch(run);
    assert.ok(run.expected.overcommittedNodeHours > 0);
    assert.match(run.stderr, /collector restarted once/);
    assert.match(run.stderr, /[1-9][0-9]* samples came late/);
    assert.deepEqual(run.answer.unpriced, []);
  });

  it('refuses an unknown flag and a folder with files in it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tallyship-demo-test-'));
    try {
      await writeFile(join(dir, 'mine'), '');
      assert.deepEqual(await run(['--twice']), { code: 2, fault: `Unknown option '--twice'` });
      assert.deepEqual(await run(['--once', '--hours', '1', '--data', dir]), {
        code: 1,
        fault: `demo: --data ${dir} holds files already; give an empty or a new folder`,
      });
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

function run(args: string[]): Promise<{ code: number; fault: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [DEMO, ...args], (_error, _stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, fault: (stderr.split('\n')[0] as string).split('. ')[0] as string });
    });
  });
}
