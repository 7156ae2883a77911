import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { collectGarbage } from '../support/collect-garbage.ts';
import { block } from '../support/remote-write-wire.ts';
import { compare, Decoder, KERNELS, type Verdict } from './compare.ts';
import { Chance, mutate } from './mutate.ts';
import { restructure } from './restructure.ts';
import { seedInputs } from './seed-inputs.ts';

const MAX_INPUT_MS = 50;
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;
const MAX_FAULTS_SHOWN = 20;

const { values } = parseArgs({ options: { inputs: { type: 'string', default: '200000' }, seed: { type: 'string', default: '1' } } });
const [inputs, seed] = [Number(values.inputs), Number(values.seed)];
if (!Number.isInteger(inputs) || inputs < 1 || !Number.isInteger(seed)) {
  console.error('usage: npm run fuzz -- --inputs N --seed S');
  process.exit(2);
}

/** Half of the inputs change the message by fields, a quarter by bytes, a quarter the compressed body. */
const MAKERS = [
  (message: Buffer, other: Buffer, chance: Chance) => block(restructure(message, other, chance)),
  (message: Buffer, other: Buffer, chance: Chance) => block(mutate(message, other, chance)),
  (message: Buffer, other: Buffer, chance: Chance) => block(restructure(restructure(message, other, chance), other, chance)),
  (message: Buffer, other: Buffer, chance: Chance) => mutate(block(message), block(other), chance),
];

const failed = await fuzz(inputs, seed);
process.exitCode = failed === 0 ? 0 : 1;

/** @returns how many failed */
async function fuzz(inputs: number, seed: number): Promise<number> {
  const chance = new Chance(seed);
  const decoders = KERNELS.map((kernel) => new Decoder(kernel));
  const seeds = seedInputs();
  const verdicts = new Map<Verdict, number>();
  const startedMs = performance.now();
  let failed = 0;
  let slowestMs = 0;
  let rssBefore = 0;
  for (let at = 0; at < inputs; at++) {
    // Native code frees what a refused block cost when the event loop turns.
    if (at % 256 === 0) await setImmediate();
    const { version, message } = chance.of(seeds);
    const other = chance.of(seeds).message;
    const body = MAKERS[at % MAKERS.length]?.(message, other, chance) ?? message;
    // Each kernel gets half of what each maker makes.
    const decoder = decoders[Math.floor(at / MAKERS.length) % decoders.length] as Decoder;
    const beganMs = performance.now();
    try {
      const verdict = compare(decoder, body, version);
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      const tookMs = tookAgain(beganMs, () => compare(decoder, body, version));
      slowestMs = Math.max(slowestMs, tookMs);
      if (tookMs > MAX_INPUT_MS) throw new Error(`took ${tookMs.toFixed(0)} ms, limit ${MAX_INPUT_MS}`);
    } catch (error) {
      failed++;
      if (failed <= MAX_FAULTS_SHOWN)
        console.log(`input ${at} (version ${version}): ${error instanceof Error ? error.message : error}\n  ${body.toString('hex')}`);
    }
    // Once warm, the heap is as large as it needs to be.
    if (at === Math.min(20_000, inputs >> 1)) rssBefore = memoryHeld();
    if ((at + 1) % 25_000 === 0)
      console.log(`${at + 1} inputs, ${failed} failed, ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  }
  const grownBytes = memoryHeld() - rssBefore;
  if (grownBytes > MAX_GROWTH_BYTES) {
    failed++;
    console.log(`memory grew by ${grownBytes} bytes, limit ${MAX_GROWTH_BYTES}`);
  }
  for (const [verdict, count] of [...verdicts].sort(([, a], [, b]) => b - a)) console.log(`${String(count).padStart(9)} ${verdict}`);
  console.log(`slowest input ${slowestMs.toFixed(1)} ms, memory grew by ${Math.max(0, grownBytes / 1024 / 1024).toFixed(0)} MiB`);
  console.log(`${inputs - failed} passed, ${failed} failed`);
  return failed;
}

/** Without garbage: how much of that stands about is the collector's choice. */
function memoryHeld(): number {
  collectGarbage();
  return process.memoryUsage.rss();
}

/** A time over the limit counts only when it comes again and again: a pause of the machine is no property of the input. */
function tookAgain(beganMs: number, work: () => void): number {
  let leastMs = performance.now() - beganMs;
  for (let again = 0; leastMs > MAX_INPUT_MS && again < 4; again++) {
    const againMs = performance.now();
    work();
    leastMs = Math.min(leastMs, performance.now() - againMs);
  }
  return leastMs;
}
