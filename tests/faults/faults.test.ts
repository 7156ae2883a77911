import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAULTS, SMALL_DISK_MIB } from './fault-table.ts';
import { runFault } from './run-fault.ts';
import { needStrace } from './strace.ts';

const EXPECTED = {
  refuses: '503 with Retry-After while it lasts, then goes on by itself; none lost, none twice',
  keeps: 'takes on while it lasts, seals afterwards; none lost, none twice',
  slow: 'goes on; none lost, none twice',
};

describe('a collector under load while the system fails', function () {
  this.timeout(300_000);
  before(needStrace);
  const root = mkdtempSync(join(tmpdir(), 'tallyship-faults-'));
  after(() => rmSync(root, { recursive: true, force: true }));

  for (const [at, fault] of FAULTS.entries()) {
    it(`${fault.name}: ${EXPECTED[fault.seen]}`, async () => {
      const dir = join(root, String(at));
      mkdirSync(dir);
      if (fault.isOnSmallDisk) mount(dir);
      try {
        const outcome = await runFault(fault, dir);
        assert.deepEqual(outcome.faults.slice(0, 20), []);
        assert.deepEqual(outcome.wrongAnswers, []);
        assert.ok(outcome.fired > 0 && outcome.acknowledged > 5_000, JSON.stringify(outcome));
        if (process.env.FAULTS_VERBOSE)
          console.log(`      felt ${outcome.fired} times; ${JSON.stringify([...outcome.statuses])}; ${outcome.readyzDuring}`);
      } finally {
        if (fault.isOnSmallDisk) execFileSync('umount', ['-l', dir]);
      }
    });
  }
});

/** @throws Error that says what it takes */
function mount(dir: string): void {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK_MIB}m`, 'tallyship-faults', dir], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(
      `the test of a full disk needs the right to mount a tmpfs (root, cap SYS_ADMIN): ${(error as { stderr?: Buffer }).stderr}`,
    );
  }
}
