import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CrashReport, runCrashRounds } from '../../crash/crash-run.ts';
import { randomOf } from '../../crash/random.ts';

const ROUNDS = 5;

describe(`a collector that is killed again and again under load`, function () {
  this.timeout(300_000);
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-crash-'));
  let report: CrashReport;

  before(async () => {
    report = await runCrashRounds({ rounds: ROUNDS, dir, random: randomOf(5), isEnough: ({ seal }) => seal > 0 });
  });

  after(() => rmSync(dir, { recursive: true, force: true }));

  it('took load and had requests repeated', () => {
    assert.ok(report.acknowledged > 10_000, `${report.acknowledged} samples acknowledged`);
    assert.ok(report.retries > 0);
  });

  it('was hit during a seal', () => assert.ok(report.hits.seal > 0, JSON.stringify(report.hits)));

  it('has every acknowledged sample once in the lake, none twice, usage that agrees, and no leftovers', () => {
    assert.deepEqual(
      report.faults.slice(0, 20).map(({ text }) => text),
      [],
    );
  });
});
