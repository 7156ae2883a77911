import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { startConsole } from '@tallyship/console/console';
import { CONSOLE_SETTINGS } from '@tallyship/console/settings';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { tinyCluster } from '../../support/tiny-cluster.ts';
import { temporaryDir, writeStreams } from '../../support/tiny-lake.ts';

const DOCTOR = join(import.meta.dirname, '../../../services/local/doctor.ts');
const FROM_MS = Date.UTC(2026, 10, 19, 6);
const RANGE = ['--from', '2026-11-19T06:00Z', '--to', '2026-11-19T09:00Z'];

/** The doctor as a process of its own: its exit code is part of what it says. */
function doctor(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [DOCTOR, ...args], (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

describe('doctor', () => {
  const cleanups: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  const dataDir = async (options?: Parameters<typeof tinyCluster>[2]) => {
    const { dir, remove } = await temporaryDir();
    cleanups.push(remove);
    await writeStreams(join(dir, 'lake'), tinyCluster(FROM_MS, FROM_MS + 3 * 3_600_000, options), { withSamples: false });
    return dir;
  };

  it('says that all is well, and ends with 0', async () => {
    const { code, stdout, stderr } = await doctor('--data', await dataDir(), ...RANGE);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^Cluster 000000000000\/us-east-1\/test$/m);
    assert.match(stdout, /3 with data, 0 missing/);
    assert.match(stdout, /^All that costs need is there\.$/m);
  });

  it('lists what it found with what would help, and ends with 1', async () => {
    const { code, stdout } = await doctor('--data', await dataDir({ without: ['kube_node_labels'] }), ...RANGE);
    assert.equal(code, 1);
    assert.match(stdout, /absent \(000000000000\/us-east-1\/test\): kube_node_labels with the instance type is absent/);
    assert.match(stdout, /→ start kube-state-metrics with --metric-labels-allowlist/);
    assert.match(stdout, /unpriced .*: node node-a is unpriced in 3 hours/);
  });

  it('prints the report as JSON', async () => {
    const { code, stdout } = await doctor('--data', await dataDir({ secondType: 'x9.huge' }), ...RANGE, '--json');
    const report = JSON.parse(stdout);
    assert.deepEqual([code, report.isHealthy, report.findings.length], [1, false, 1]);
  });

  it('asks a running console for the same report', async () => {
    const dir = await dataDir({ secondType: 'x9.huge' });
    const settings = readSettings(CONSOLE_SETTINGS, { CONSOLE_PORT: '0', LAKE_DIR: join(dir, 'lake') });
    const { url, close } = await startConsole(settings, createLogger('console', { level: 'silent' }));
    cleanups.push(close);
    const [asked, read] = await Promise.all([doctor('--url', url, ...RANGE), doctor('--data', dir, ...RANGE)]);
    const withoutTime = (text: string) => text.replace(/checked at \S+;/, '');
    assert.equal(asked.code, 1);
    assert.equal(withoutTime(asked.stdout), withoutTime(read.stdout));
    const refused = await doctor('--url', url, '--from', 'soon');
    assert.deepEqual([refused.code, refused.stdout], [2, '']);
    assert.match(refused.stderr, /^from "soon" is not a time in UTC/);
  });

  it('says that nobody answers, or that there is no such folder, and ends with 1', async () => {
    const silent = await doctor('--url', 'http://127.0.0.1:9');
    assert.equal(silent.code, 1);
    assert.match(silent.stderr, /^no answer from http:\/\/127\.0\.0\.1:9\/api\/quality: /);
    const absent = await doctor('--data', '/nowhere');
    assert.equal(absent.code, 1);
    assert.match(absent.stderr, /^\/nowhere\/lake does not exist/);
  });

  it('lists its flags', async () => {
    const { code, stdout } = await doctor('--help');
    assert.equal(code, 0);
    for (const flag of ['--data', '--url', '--from', '--to', '--prices', '--json', '--help']) assert.ok(stdout.includes(flag), flag);
  });

  for (const args of [
    [],
    ['--data', 'a', '--url', 'http://127.0.0.1:9'],
    ['--datta', 'a'],
    ['--data'],
    ['--data', 'a', 'b'],
    ['--url', '127.0.0.1:9'],
    ['--url', 'http://127.0.0.1:9', '--prices', 'p.csv'],
    ['--data', '.', '--from', '2026-11-19T06:30Z'],
    ['--data', '.', '--from', '2026-01-01', '--to', '2026-11-01'],
  ]) {
    it(`ends with 2 on ${JSON.stringify(args)}`, async () => {
      const { code, stdout, stderr } = await doctor(...args);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /--help lists the flags/);
    });
  }
});
