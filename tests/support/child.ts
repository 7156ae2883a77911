import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** A process under test. `output` is all that it has said so far, both streams. */
export type Child = {
  pid: number;
  output(): string;
  /** @throws Error with the output when the process ends or the time is over before a line matches */
  line(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray>;
  /** Sends a signal and waits for the end. @returns the exit code, null when a signal ended it */
  end(signal: NodeJS.Signals, timeoutMs?: number): Promise<number | null>;
};

export function startChild(command: string, args: string[], options: { env?: NodeJS.ProcessEnv; cwd?: string } = {}): Child {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-1_000_000);
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const fail = (what: string) => new Error(`${what}: ${command} ${args.join(' ')}\n${said.slice(-4000)}`);
  return {
    pid: child.pid as number,
    output: () => said,
    line: async (pattern, timeoutMs) => {
      for (const deadlineMs = Date.now() + timeoutMs; ; await sleep(50)) {
        const match = pattern.exec(said);
        if (match) return match;
        if (hasEnded(child)) throw fail(`ended with ${child.exitCode ?? child.signalCode} before it said ${pattern}`);
        if (Date.now() > deadlineMs) throw fail(`did not say ${pattern} in ${timeoutMs} ms`);
      }
    },
    end: async (signal, timeoutMs = 60_000) => {
      if (!hasEnded(child)) child.kill(signal);
      const late = new Promise<'late'>((resolve) => setTimeout(resolve, timeoutMs, 'late').unref());
      const code = await Promise.race([ended, late]);
      if (code !== 'late') return code;
      child.kill('SIGKILL');
      throw fail(`did not end in ${timeoutMs} ms after ${signal}`);
    },
  };
}

/** A port that nobody listens on now; for a process that must come back on the same one. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;
