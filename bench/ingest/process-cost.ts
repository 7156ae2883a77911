import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { watchMemory } from '../../tests/support/process-memory.ts';

/** Clock ticks of /proc, a second; fixed on Linux for user space. */
const TICKS = 100;
const UTIME = 13;
const STIME = 14;
const CUTIME = 15;
const CSTIME = 16;

/** What a process used between `meterProcess` and its end. */
export type ProcessCost = { cpuSeconds: number; peakRssMiB: number; instructions: number | undefined };

/**
 * Meters a child of this process from now to its end, all threads, user and system. Its total comes from what the kernel adds up for
 * ended children: nothing else may end in the meantime.
 * @returns to be called once the child has ended
 */
export function meterProcess(pid: number): () => Promise<ProcessCost> {
  const childrenBefore = cpuOf('self', CUTIME, CSTIME);
  const usedBefore = cpuOf(pid, UTIME, STIME);
  const counter = isPerfUsable() ? countInstructions(pid) : undefined;
  const peak = watchMemory(pid, 'VmHWM');
  return async () => {
    const peakRssMiB = peak();
    const cpuSeconds = cpuOf('self', CUTIME, CSTIME) - childrenBefore - usedBefore;
    return { cpuSeconds, peakRssMiB, instructions: await counter };
  };
}

function cpuOf(pid: number | 'self', ...fields: number[]): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold spaces; what follows it does not.
  const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.reduce((sum, field) => sum + Number(rest[field - 2]), 0) / TICKS;
}

let isUsable: boolean | undefined;

/** Many virtual machines have no hardware counters. */
function isPerfUsable(): boolean {
  isUsable ??= /^[0-9]+,/m.test(spawnSync('perf', ['stat', '-x', ',', '-e', 'instructions', 'true'], { encoding: 'utf8' }).stderr ?? '');
  return isUsable;
}

async function countInstructions(pid: number): Promise<number> {
  const perf = spawn('perf', ['stat', '-x', ',', '-e', 'instructions', '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  for await (const text of perf.stderr.setEncoding('utf8')) said += text;
  return Number(/^([0-9]+),/m.exec(said)?.[1]);
}
