import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { METERING_SECRETS } from '../../infra/secrets/metering-secrets.ts';
import { putSecretArgs } from './put-secret-args.ts';

const HELP = `npm run secret:set -- STACK NAME < FILE

Writes a secret's value into Secrets Manager. The value comes from standard input and goes to the AWS CLI by a pipe: it is never an
argument, and never in Pulumi's state. External Secrets brings it into the cluster within five minutes.

Names: ${METERING_SECRETS.join(', ')}`;

const { values, positionals } = parseArgs({ options: { help: { type: 'boolean' } }, allowPositionals: true });
try {
  if (values.help) console.log(HELP);
  else setSecret(positionals);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

function setSecret([stack, name, ...rest]: string[]): void {
  if (!stack || !name || rest.length > 0) throw new Error(HELP);
  const value = readFileSync(0, 'utf8');
  const args = putSecretArgs({ stack, name, region: regionOf(stack), value });
  const { status, error } = spawnSync('aws', args, { input: value.replace(/\n$/, ''), stdio: ['pipe', 'ignore', 'inherit'] });
  if (error) throw new Error('the AWS CLI (`aws`) cannot be started', { cause: error });
  if (status !== 0) throw new Error(`aws ended with ${status}; the secret ${name} of ${stack} keeps its value`);
  console.log(`secret ${name} of ${stack} is set`);
}

function regionOf(stack: string): string {
  const path = join(import.meta.dirname, `../../Pulumi.${stack}.yaml`);
  const { config } = parse(readFileSync(path, 'utf8')) as { config: { 'tallyship:aws': { region: string } } };
  return config['tallyship:aws'].region;
}
