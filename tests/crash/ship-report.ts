import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endReport } from './end-report.ts';
import { randomOf } from './random.ts';
import { runShipCrashRounds } from './ship-crash.ts';

/** `npm run test:crash -- --ship`: kills the shipper and says what became of it. @returns the exit code */
export async function crashShipper({ rounds, seed }: { rounds: number; seed: number }): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-ship-crash-'));
  console.log(`${rounds} rounds, seed ${seed}, in ${dir}`);
  const { faults, hits, files } = await runShipCrashRounds({ rounds, dir, random: randomOf(seed) }, (round, moment, isHit) =>
    console.log(`round ${round + 1}: killed, aimed at ${moment}${isHit || moment === 'any' ? '' : ', missed'}`),
  );
  console.log(`${files} files`);
  console.log(`kills during a PUT ${hits.put}, before a sent file was marked and moved ${hits.mark}, during a purge ${hits.purge}`);
  const aimed = { put: hits.put, mark: hits.mark, purge: hits.purge };
  return endReport(faults, aimed, { rounds, dir });
}
