import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomOf } from './random.ts';
import { runShipCrashRounds } from './ship-crash.ts';

/** `npm run test:crash -- --ship`: kills the shipper and says what became of it. @returns the exit code */
export async function crashShipper({ rounds, seed }: { rounds: number; seed: number }): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-ship-crash-'));
  console.log(`${rounds} rounds, seed ${seed}, in ${dir}`);
  const { faults, hits, files } = await runShipCrashRounds({ rounds, dir, random: randomOf(seed) }, (round, moment, isHit) =>
    console.log(`round ${round + 1}: killed, aimed at ${moment}${isHit || moment === 'any' ? '' : ', missed'}`),
  );
  for (const fault of faults.slice(0, 50)) console.log(fault);
  console.log(`${files} files`);
  console.log(`kills during a PUT ${hits.put}, before a sent file was marked and moved ${hits.mark}, during a purge ${hits.purge}`);
  const wanted = Math.floor(rounds / 10);
  const missed = (['put', 'mark', 'purge'] as const).filter((moment) => hits[moment] < wanted);
  for (const moment of missed) console.log(`only ${hits[moment]} kills hit ${moment}, ${wanted} are wanted`);
  const isGood = faults.length === 0 && missed.length === 0;
  if (isGood) rmSync(dir, { recursive: true, force: true });
  else console.log(`kept for a look: ${dir}`);
  // What is wrong in the end cannot be laid at the door of one round.
  console.log(isGood ? `${rounds} passed, 0 failed` : `${rounds - 1} passed, 1 failed`);
  return isGood ? 0 : 1;
}
