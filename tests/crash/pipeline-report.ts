import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endReport } from './end-report.ts';
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
  console.log(`${acknowledged} samples acknowledged, ${files} files shipped, ${replays} ordered again`);
  console.log(
    `${kills.shipper} kills of the shipper, ${kills.api} of the upload API: during a PUT ${hits.put}, between a PUT and its mark ${hits.mark}, ` +
      `between a mark and its move ${hits.move}, during a purge ${hits.purge}, while the API was serving ${hits.call}, at other times ${hits.idle}`,
  );
  const aimed = { put: hits.put, mark: hits.mark + hits.move, purge: hits.purge, call: hits.call };
  return endReport(faults, aimed, { rounds, dir });
}
