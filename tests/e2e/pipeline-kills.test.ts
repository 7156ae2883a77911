import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PipelineCrashReport, runPipelineCrashRounds } from '../crash/pipeline-run.ts';
import { randomOf } from '../crash/random.ts';

/** More by `CRASH_ROUNDS=100`; `npm run test:crash -- --ship` tells each round. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 10);

describe(`shipper and upload API that are killed ${ROUNDS} times under a steady flow of sealed files`, function () {
  this.timeout(60_000 + ROUNDS * 10_000);
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-pipeline-kills-'));
  let report: PipelineCrashReport;

  before(async () => {
    report = await runPipelineCrashRounds({ rounds: ROUNDS, dir, random: randomOf(6) });
  });

  after(() => rmSync(dir, { recursive: true, force: true }));

  it('took samples and shipped files while both were killed', () => {
    const { acknowledged, files, kills } = report;
    assert.ok(acknowledged > 10_000 && files >= ROUNDS && kills.shipper > 0 && kills.api > 0, JSON.stringify(report));
  });

  it('was hit in the middle of its work', () => {
    const { put, mark, move, purge, call } = report.hits;
    assert.ok(put + mark + move + purge + call >= ROUNDS / 3, JSON.stringify(report.hits));
  });

  it('has every acknowledged sample once in the lake, ledger and manifests that agree, and is complete', () => {
    assert.deepEqual(report.faults.slice(0, 20), []);
  });
});
