import { rmSync } from 'node:fs';

const MAX_SHOWN = 50;

/**
 * Prints what is wrong and whether the kills hit what they should. The folder stays for a look when anything is.
 * @param hits how many kills hit each moment; a tenth of the rounds are wanted for each
 * @returns the exit code
 */
export function endReport(
  faults: readonly string[],
  hits: Record<string, number>,
  { rounds, dir }: { rounds: number; dir: string },
): number {
  for (const fault of faults.slice(0, MAX_SHOWN)) console.log(fault);
  if (faults.length > MAX_SHOWN) console.log(`… and ${faults.length - MAX_SHOWN} more faults`);
  const wanted = Math.floor(rounds / 10);
  const missed = Object.entries(hits).filter(([, count]) => count < wanted);
  for (const [moment, count] of missed) console.log(`only ${count} kills hit ${moment}, ${wanted} are wanted`);
  const isGood = faults.length === 0 && missed.length === 0;
  if (isGood) rmSync(dir, { recursive: true, force: true });
  else console.log(`kept for a look: ${dir}`);
  // What is wrong in the end cannot be laid at the door of one round.
  console.log(isGood ? `${rounds} passed, 0 failed` : `${rounds - 1} passed, 1 failed`);
  return isGood ? 0 : 1;
}
