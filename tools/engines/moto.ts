import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './find.ts';

/** Moto comes from PyPI: a Python virtual environment of its own, in the same cache as the built engines. */
export const MOTO = { name: 'moto', version: '5.2.5', minutes: 1, usedBy: 'npm run test:real' };

/**
 * Path of `moto_server`, for tests.
 * @throws Error that says how to get it
 */
export function motoProgram(env: NodeJS.ProcessEnv = process.env): string {
  const path = motoPath(env);
  if (!existsSync(path)) throw new Error(`moto ${MOTO.version} is not there: npm run tools moto`);
  return path;
}

export function hasMoto(env: NodeJS.ProcessEnv): boolean {
  return existsSync(motoPath(env));
}

/**
 * A virtual environment holds its own path, so it is made where it stays. pip writes its programs last: with `moto_server` all is there.
 * @throws Error with the installer's words when it fails, or when there is no Python
 */
export async function installMoto(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<void> {
  const dir = join(motoPath(env), '../..');
  say(`moto ${MOTO.version}: installing, about ${MOTO.minutes} min`);
  await rm(dir, { recursive: true, force: true });
  await mkdir(cacheDir(env), { recursive: true });
  run('python3', ['-m', 'venv', dir], env);
  run(join(dir, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', `moto[server]==${MOTO.version}`], env);
  say(`moto ${MOTO.version}: installed`);
}

function motoPath(env: NodeJS.ProcessEnv): string {
  return join(cacheDir(env), `moto-${MOTO.version}`, 'bin/moto_server');
}

function run(command: string, args: string[], env: NodeJS.ProcessEnv): void {
  const { status, error, stderr } = spawnSync(command, args, { env, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (error) throw new Error(`\`${command}\` cannot be started: install Python 3.10 or newer`, { cause: error });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stderr.slice(-4000)}`);
}
