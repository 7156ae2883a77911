import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPipelineCrashRounds } from './pipeline-run.ts';
import { randomOf } from './random.ts';

/** `npm run test:crash -- --ship`: kills shipper and upload API under a steady flow and says what became of it. @returns the exit code */
export async function crashPipeline({ rounds, seed }: { rounds: number; seed: number }): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-pipeline-crash-'));
  console.log(`shipper and upload API: ${rounds} rounds, seed ${seed}, in ${dir}`);
  const { faults, hits, kills, acknowledged, files, replays } = await runPipelineCrashRounds(
    { rounds, dir, random: randomOf(seed) },
    (round, moment, hit) => console.log(`round ${round + 1}: aimed at ${moment}; ${hit}`),
  );
  for (const fault of faults.slice(0, 50)) console.log(fault);
  if (faults.length > 50) console.log(`… and ${faults.length - 50} more faults`);
  console.log(`${acknowledged} samples acknowledged, ${files} files shipped, ${replays} ordered again`);
  console.log(
    `${kills.shipper} kills of the shipper, ${kills.api} of the upload API: during a PUT ${hits.put}, between a PUT and its mark ${hits.mark}, ` +
      `between a mark and its move ${hits.move}, during a purge ${hits.purge}, while the API was serving ${hits.call}, at other times ${hits.idle}`,
  );
  const wanted = Math.floor(rounds / 10);
  const counts = { put: hits.put, mark: hits.mark + hits.move, purge: hits.purge, call: hits.call };
  const missed = Object.entries(counts).filter(([, count]) => count < wanted);
  for (const [moment, count] of missed) console.log(`only ${count} kills hit ${moment}, ${wanted} are wanted`);
  const isGood = faults.length === 0 && missed.length === 0;
  if (isGood) rmSync(dir, { recursive: true, force: true });
  else console.log(`kept for a look: ${dir}`);
  // What is wrong in the end cannot be laid at the door of one round.
  console.log(isGood ? `${rounds} passed, 0 failed` : `${rounds - 1} passed, 1 failed`);
  return isGood ? 0 : 1;
}
