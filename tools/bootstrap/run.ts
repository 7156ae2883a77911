import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { BootstrapOptions } from './options.ts';

const STACK = 'main';

/**
 * Runs the program of `dir` on a state in `dir/.state`.
 * @throws Error when Pulumi cannot be started or ends with a fault, or when nothing says what to make
 */
export function runBootstrap(dir: string, { command, isSure, config }: BootstrapOptions, env: NodeJS.ProcessEnv): void {
  const settings = join(dir, `Pulumi.${STACK}.yaml`);
  if (config) writeSettings(settings, config);
  else if (!existsSync(settings)) throw new Error('nothing says what to make: give --account, --region, --repository and --stack (--help)');
  const state = join(dir, '.state');
  mkdirSync(state, { recursive: true });
  const pulumi = (...args: string[]) => runPulumi(dir, args, { ...env, ...environmentOf(state, env) });
  pulumi('stack', 'select', STACK, '--create');
  pulumi(command, '--stack', STACK, ...(isSure && command !== 'preview' ? ['--yes'] : []));
  if (command === 'up') pulumi('stack', 'output', 'next', '--stack', STACK);
}

/** There is no secret in this state, so its passphrase may be empty. */
function environmentOf(state: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: env.PULUMI_CONFIG_PASSPHRASE ?? '',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
  };
}

/** What Pulumi itself keeps in the file stays: the salt of its passphrase. */
function writeSettings(path: string, config: Record<string, unknown>): void {
  const old: object = existsSync(path) ? (parse(readFileSync(path, 'utf8')) ?? {}) : {};
  writeFileSync(path, stringify({ ...old, config }));
}

function runPulumi(cwd: string, args: string[], env: NodeJS.ProcessEnv): void {
  const { status, error } = spawnSync('pulumi', args, { cwd, env, stdio: 'inherit' });
  if (error) throw new Error('`pulumi` cannot be started: install the Pulumi CLI', { cause: error });
  if (status !== 0) throw new Error(`pulumi ${args[0]} ended with ${status}`);
}
