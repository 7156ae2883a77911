import { setTimeout as sleep } from 'node:timers/promises';
import { LoadSender } from '../../tests/support/load-sender.ts';
import type { BenchLoad } from './bench-load.ts';
import { meterProcess } from './process-cost.ts';
import type { Contestant, Stored } from './receivers.ts';

/** One load into one fresh receiver. Times in milliseconds, CPU in seconds, sizes in bytes unless the name says other. */
export type Run = {
  cpuSecondsPerMillion: number;
  samplesPerSecond: number;
  answerP50Ms: number;
  answerP99Ms: number;
  peakRssMiB: number;
  instructionsPerSample: number | undefined;
  storedBytesPerSample: number;
};

/** A steady rate; the answers of a first part of the load, below 1, are not counted. */
export type Pace = { samplesPerSecond: number; warmup: number };

/**
 * Sends everything, as fast as it is taken or at a steady rate, ends the receiver with SIGTERM and counts its CPU up to there: sync, seal and all.
 * @throws Error when a request is not acknowledged, or when what is stored is not what was sent
 */
export async function runOnce({ name, start }: Contestant, dir: string, version: 1 | 2, load: BenchLoad, pace?: Pace): Promise<Run> {
  const receiver = await start(dir);
  try {
    const finish = meterProcess(receiver.child.pid);
    const startedMs = performance.now();
    const everyMs = pace === undefined ? 0 : (load.samples / pace.samplesPerSecond / (load.shards[0]?.length ?? 1)) * 1000;
    const answersMs = (await Promise.all(load.shards.map((bodies) => sendAll(receiver.url, version, bodies, everyMs)))).flatMap((times) =>
      times.slice(times.length * (pace?.warmup ?? 0)),
    );
    const seconds = (performance.now() - startedMs) / 1000;
    check(name, load, await receiver.atEnd());
    const code = await receiver.child.end('SIGTERM', 120_000);
    if (code !== 0) throw new Error(`${name} ended with ${code}\n${receiver.child.output().slice(-4000)}`);
    const { cpuSeconds, peakRssMiB, instructions } = await finish();
    check(name, load, await receiver.afterEnd());
    answersMs.sort((a, b) => a - b);
    return {
      cpuSecondsPerMillion: cpuSeconds / (load.samples / 1e6),
      samplesPerSecond: load.samples / seconds,
      answerP50Ms: answersMs[Math.floor(answersMs.length * 0.5)] as number,
      answerP99Ms: answersMs[Math.floor(answersMs.length * 0.99)] as number,
      peakRssMiB,
      instructionsPerSample: instructions === undefined ? undefined : instructions / load.samples,
      storedBytesPerSample: receiver.storedBytes() / load.samples,
    };
  } finally {
    await receiver.child.end('SIGKILL');
  }
}

/**
 * The next request only after the answer, as a shard of a Prometheus does.
 * @param everyMs when the next one is due; 0 at once
 * @returns how long each answer took, from when its request was due
 */
async function sendAll(url: string, version: 1 | 2, bodies: Buffer[], everyMs: number): Promise<number[]> {
  const sender = new LoadSender({ url, version, backoffMs: 0, goesOn: () => false });
  const answersMs: number[] = [];
  const startedMs = performance.now();
  for (const [at, body] of bodies.entries()) {
    const earlyMs = startedMs + at * everyMs - performance.now();
    if (earlyMs > 0) await sleep(earlyMs);
    const outcome = await sender.send(body);
    if (outcome.kind !== 'answered' || outcome.status !== 204) throw new Error(`not acknowledged: ${JSON.stringify(outcome)}`);
    answersMs.push(outcome.ms + (everyMs > 0 ? Math.max(0, -earlyMs) : 0));
  }
  sender.close();
  return answersMs;
}

function check(name: string, sent: BenchLoad, stored: Stored | undefined): void {
  if (!stored) return;
  const isSame = stored.samples === sent.samples && stored.series === sent.series && (stored.bits ?? sent.bits) === sent.bits;
  if (isSame) return;
  const text = ({ samples, series, bits }: Stored) => `${samples} samples of ${series} series, bits ${bits?.toString(16) ?? 'not read'}`;
  throw new Error(`${name} stored ${text(stored)}; sent were ${text(sent)}`);
}
