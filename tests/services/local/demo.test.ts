import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
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

  it('stays up until it is stopped, and removes its temporary folder', async () => {
    const { code, output, dataDir } = await stopAt('Ctrl-C ends the demo', ['--hours', '1']);
    assert.equal(code, 0, output);
    assert.match(output, /^page http:\/\/127\.0\.0\.1:[0-9]+\//m);
    assert.match(output, /^total .*[0-9]$/m);
    assert.equal(existsSync(dataDir), false);
  });

  it('can be stopped on the way', async () => {
    const { code, output, dataDir } = await stopAt('samples/s', ['--hours', '24']);
    assert.equal(code, 1, output);
    assert.match(output, /^demo: stopped by SIGTERM$/m);
    assert.equal(existsSync(dataDir), false);
  });
});

/** Runs the demo until its output has shown `text`, then sends SIGTERM. */
async function stopAt(text: string, args: string[]): Promise<{ code: number | null; output: string; dataDir: string }> {
  const child = spawn(process.execPath, [DEMO, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      if (!output.includes(text) && (output + part).includes(text)) child.kill('SIGTERM');
      output += part;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, dataDir: /^data in (.*)$/m.exec(output)?.[1] as string };
}

function run(args: string[]): Promise<{ code: number; fault: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [DEMO, ...args], (_error, _stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, fault: (stderr.split('\n')[0] as string).split('. ')[0] as string });
    });
  });
}
