import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SERVICE_IMAGES } from '../../images/services.ts';
import type { StackSettings } from '../../infra/settings/stack.ts';
import { collectAccount, PROJECT } from './collect-account.ts';
import { awsCli, commandRunner, type Run } from './commands.ts';
import type { Facts, Known } from './facts.ts';

export type Place = { root: string; stack: string; env: NodeJS.ProcessEnv; nowMs: number };

/** Asks this machine and the account for all that the stack's `up` needs; nothing is changed. */
export async function collectFacts(settings: StackSettings, { root, stack, env, nowMs }: Place): Promise<Facts> {
  const run = commandRunner(withoutPackages(env));
  const [tools, { caller, credentials }] = await Promise.all([toolVersions(run, settings), callerOf(run, settings, stack)]);
  const isRight = 'value' in caller && caller.value.accountId === settings.aws.accountId;
  const aws = awsCli(run, settings.aws.region, credentials);
  return {
    tools,
    missingContexts: settings.images.mode === 'build' ? missingContexts(root) : [],
    caller,
    ...(isRight && { account: await collectAccount(aws, settings, stack) }),
    nowMs,
  };
}

/** npm puts the packages' programs first, a Node among them; Pulumi runs the program on the user's own. */
function withoutPackages(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => !folder.endsWith(join('node_modules', '.bin')));
  return { ...env, PATH: folders.join(delimiter) };
}

async function toolVersions(run: Run, { images }: StackSettings): Promise<Facts['tools']> {
  const builds = images.mode === 'build';
  const [node, pulumi, aws, docker, buildx] = await Promise.all([
    run('node', ['--version']),
    run('pulumi', ['version'], { PULUMI_SKIP_UPDATE_CHECK: 'true' }),
    run('aws', ['--version']),
    // Of the server: without one nothing is built.
    ...(builds ? [run('docker', ['version', '--format', '{{.Server.Version}}']), run('docker', ['buildx', 'version'])] : []),
  ]);
  return { node, pulumi, aws, ...(docker && { docker }), ...(buildx && { buildx }) } as Facts['tools'];
}

/** Who asks: the user, or the role that the settings name. */
async function callerOf(run: Run, { aws: { region, roleArn } }: StackSettings, stack: string) {
  const assumed = roleArn === undefined ? { value: {} } : await assume(run, region, roleArn, stack);
  if ('fault' in assumed) return { caller: assumed, credentials: {} };
  const answer = await awsCli(run, region, assumed.value)('sts', 'get-caller-identity');
  if ('fault' in answer) return { caller: answer, credentials: {} };
  const { Account: accountId, Arn: arn } = answer.value as { Account: string; Arn: string };
  return { caller: { value: { accountId, arn } }, credentials: assumed.value };
}

async function assume(run: Run, region: string, roleArn: string, stack: string): Promise<Known<NodeJS.ProcessEnv>> {
  const session = `${PROJECT}-${stack}-doctor`;
  const answer = await awsCli(run, region)('sts', 'assume-role', '--role-arn', roleArn, '--role-session-name', session);
  if ('fault' in answer) return answer;
  const { Credentials: made } = answer.value as { Credentials: Record<'AccessKeyId' | 'SecretAccessKey' | 'SessionToken', string> };
  return {
    value: { AWS_ACCESS_KEY_ID: made.AccessKeyId, AWS_SECRET_ACCESS_KEY: made.SecretAccessKey, AWS_SESSION_TOKEN: made.SessionToken },
  };
}

function missingContexts(root: string): string[] {
  return Object.keys(SERVICE_IMAGES).filter((service) => !existsSync(join(root, 'dist/images', service)));
}
