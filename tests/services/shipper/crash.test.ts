import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomOf } from '../../crash/random.ts';
import { runShipCrashRounds } from '../../crash/ship-crash.ts';

describe('shipper killed', () => {
  it('loses nothing and doubles nothing, in 5 rounds', async function () {
    this.timeout(300_000);
    const dir = mkdtempSync(join(tmpdir(), 'tallyship-ship-crash-'));
    const { faults, hits, files } = await runShipCrashRounds({ rounds: 5, dir, random: randomOf(7) });
    assert.deepEqual(faults, [], `kept for a look: ${dir}`);
    assert.ok(files > 5);
    assert.ok(hits.put > 0, 'a kill hit a PUT');
    rmSync(dir, { recursive: true, force: true });
  });
});
