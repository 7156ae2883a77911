import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCrashRounds } from './crash-run.ts';
import { crashPipeline } from './pipeline-report.ts';
import { randomOf } from './random.ts';
import { crashShipper } from './ship-report.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    ship: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed);
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000) throw new Error(`--rounds ${values.rounds} is not 1 to 1000`);
if (!Number.isInteger(seed)) throw new Error(`--seed ${values.seed} is not a whole number`);
if (values.ship) process.exit(Math.max(await crashShipper({ rounds, seed }), await crashPipeline({ rounds, seed })));

const dir = mkdtempSync(join(tmpdir(), 'tallyship-crash-'));
console.log(`${rounds} rounds, seed ${seed}, in ${dir}`);
const { faults, hits, acknowledged, retries, givenUp } = await runCrashRounds({ rounds, dir, random: randomOf(seed) }, (round, moment) =>
  console.log(`round ${round + 1}: killed, aimed at ${moment}`),
);
for (const { round, text } of faults.slice(0, 50)) console.log(round < 0 ? text : `round ${round + 1}: ${text}`);
if (faults.length > 50) console.log(`… and ${faults.length - 50} more faults`);
console.log(`${acknowledged} samples acknowledged, ${retries} requests repeated, ${givenUp} given up`);
console.log(
  `kills with an acknowledged batch not sealed yet: during a seal ${hits.seal}, during a usage rewrite ${hits.usage}, ` +
    `with a durable batch not answered yet ${hits.append}, during recovery ${hits.recovery}, at a purge ${hits.purge}`,
);
const wanted = Math.min(20, Math.floor(rounds / 15));
for (const [moment, hit] of Object.entries(hits)) {
  if (hit >= wanted) continue;
  faults.push({ round: -1, text: '' });
  console.log(`only ${hit} kills hit ${moment}, ${wanted} are wanted`);
}
// A fault that belongs to no round fails the last one.
const failed = new Set(faults.map(({ round }) => (round < 0 ? rounds - 1 : round))).size;
if (failed === 0) rmSync(dir, { recursive: true, force: true });
else console.log(`kept for a look: ${dir}`);
console.log(`${rounds - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
