import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { type Child, sleep, startChild } from '../support/child.ts';

/** What a process is made to suffer: the calls, what becomes of each, and the paths that it is about; no paths, all of them. */
export type Injection = { calls: string; fault: string; paths?: string[] };

/** @throws Error that says what is missing and how to get it: a fault that cannot be made is no passed test */
export function needStrace(): void {
  try {
    execFileSync('strace', ['-o', '/dev/null', '-e', 'inject=getcwd:error=EIO', 'true'], { stdio: 'pipe' });
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer };
    throw new Error(
      `the fault tests need strace and the right to trace a child (Debian: apt-get install strace; containers: cap SYS_PTRACE): ${stderr ?? error}`,
    );
  }
}

/** Lays a fault over a process that runs, all its threads, until `end`. `trace` is the file that says what was done. */
export async function attach(pid: number, { calls, fault, paths = [] }: Injection, trace: string) {
  const child = startChild('strace', ['-f', '-p', String(pid), '-o', trace, ...arguments_({ calls, fault, paths })]);
  await child.line(/attached/, 30_000);
  return {
    fired: () => injected(trace),
    end: async () => {
      await child.end('SIGINT');
      // A process that was let go of may still be stopped for a moment.
      for (const untilMs = Date.now() + 30_000; isTraced(pid) && Date.now() < untilMs; ) await sleep(20);
    },
  };
}

/** Starts a program under a fault that stays. */
export function startUnder(injection: Injection, trace: string, command: string[], env: NodeJS.ProcessEnv): Child {
  return startChild('strace', ['-f', '-o', trace, ...arguments_(injection), ...command], { env });
}

/** How many calls were tampered with. */
export function injected(trace: string): number {
  return existsSync(trace) ? (readFileSync(trace, 'utf8').match(/\(INJECTED\)|\(DELAYED\)/g) ?? []).length : 0;
}

function arguments_({ calls, fault, paths = [] }: Injection): string[] {
  return [...paths.flatMap((path) => ['-P', path]), '-e', `trace=${calls}`, '-e', `inject=${calls}:${fault}`];
}

function isTraced(pid: number): boolean {
  try {
    return !/^TracerPid:\s+0$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
