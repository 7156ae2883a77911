import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './find.ts';

/** What tests take from PyPI: a virtual environment each, in the same cache as the built engines. */
export type PythonTool = { name: string; version: string; requirement: string; program: string; minutes: number; usedBy: string };

export const PYTHON_TOOLS: readonly PythonTool[] = [
  { name: 'moto', version: '5.2.5', requirement: 'moto[server]==5.2.5', program: 'moto_server', minutes: 1, usedBy: 'npm run test:real' },
  { name: 'pyarrow', version: '24.0.0', requirement: 'pyarrow==24.0.0', program: 'python', minutes: 1, usedBy: 'npm run test:real' },
];

/**
 * Path of a tool's program, for tests: `moto_server`, or the `python` that can import it.
 * @throws Error that says how to get it
 */
export function pythonProgram(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const tool = PYTHON_TOOLS.find((candidate) => candidate.name === name);
  if (!tool) throw new Error(`${name} is not among PYTHON_TOOLS of tools/engines/python-tools.ts`);
  if (!hasPythonTool(tool, env)) throw new Error(`${name} ${tool.version} is not there: npm run tools ${name}`);
  return join(dirOf(tool, env), 'bin', tool.program);
}

export function hasPythonTool(tool: PythonTool, env: NodeJS.ProcessEnv): boolean {
  return existsSync(join(dirOf(tool, env), COMPLETE));
}

/**
 * A virtual environment holds its own path, so it is made where it stays; the file that is written last tells a whole one.
 * @throws Error with the installer's words when it fails, or when there is no Python
 */
export async function installPythonTool(tool: PythonTool, env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<void> {
  const dir = dirOf(tool, env);
  say(`${tool.name} ${tool.version}: installing, about ${tool.minutes} min`);
  await rm(dir, { recursive: true, force: true });
  await mkdir(cacheDir(env), { recursive: true });
  run('python3', ['-m', 'venv', dir], env);
  run(join(dir, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', tool.requirement], env);
  writeFileSync(join(dir, COMPLETE), '');
  say(`${tool.name} ${tool.version}: installed`);
}

const COMPLETE = 'complete';

function dirOf({ name, version }: PythonTool, env: NodeJS.ProcessEnv): string {
  return join(cacheDir(env), `${name}-${version}`);
}

function run(command: string, args: string[], env: NodeJS.ProcessEnv): void {
  const { status, error, stderr } = spawnSync(command, args, { env, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (error) throw new Error(`\`${command}\` cannot be started: install Python 3.10 or newer`, { cause: error });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stderr.slice(-4000)}`);
}
