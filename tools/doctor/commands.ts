import { execFile } from 'node:child_process';
import type { Known } from './facts.ts';

const TIMEOUT_MS = 120_000;

/** Runs a program and gives what it printed; what it says when it fails is one line. */
export type Run = (program: string, args: string[], env?: NodeJS.ProcessEnv) => Promise<Known<string>>;

export function commandRunner(base: NodeJS.ProcessEnv): Run {
  return (program, args, env = {}) =>
    new Promise((resolve) => {
      const options = { env: { ...base, ...env }, timeout: TIMEOUT_MS, maxBuffer: 2 ** 26 };
      execFile(program, args, options, (error, stdout, stderr) => {
        if (!error) resolve({ value: stdout.trim() });
        else if (error.code === 'ENOENT') resolve({ fault: `${program} is not on PATH` });
        else resolve({ fault: lastLine(stderr) || lastLine(stdout) || `${program} ended with ${error.code ?? error.signal}` });
      });
    });
}

/** One call of AWS by its CLI: `aws('ec2', 'describe-vpcs')`. */
export type Aws = (...args: string[]) => Promise<Known<unknown>>;

/** The only door to AWS. The CLI follows pages, profiles and sessions as the user has set them up. */
export function awsCli(run: Run, region: string, credentials: NodeJS.ProcessEnv = {}): Aws {
  return async (...args) => {
    const env = { ...credentials, AWS_PAGER: '' };
    const answer = await run('aws', [...args, '--region', region, '--output', 'json'], env);
    if ('fault' in answer) return answer;
    try {
      return { value: JSON.parse(answer.value) };
    } catch {
      return { fault: `aws ${args[0]} ${args[1]} answered no JSON` };
    }
  };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
