import { parseArgs } from 'node:util';
import { bootstrapSchema } from '../../bootstrap/settings-schema.ts';
import { parseSettings } from '../../infra/settings/parse.ts';

export type BootstrapCommand = 'up' | 'preview' | 'destroy';
export type BootstrapOptions = {
  command: BootstrapCommand;
  /** Nothing is asked. */
  isSure: boolean;
  /** `config:` of the bootstrap's settings file. Absent: the one of the last time. */
  config?: Record<string, unknown>;
};

/**
 * Reads the command line.
 * @throws Error with every fault, a line each; StackSettingsError for values that are wrong
 */
export function readBootstrapOptions(args: string[]): BootstrapOptions & { isHelp: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      account: { type: 'string' },
      region: { type: 'string' },
      repository: { type: 'string' },
      stack: { type: 'string', multiple: true },
      'state-bucket': { type: 'string' },
      'existing-oidc-provider': { type: 'boolean' },
      unprotect: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      destroy: { type: 'boolean' },
      yes: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const command = values.destroy ? 'destroy' : values['dry-run'] ? 'preview' : 'up';
  const { account, region, repository, stack, unprotect } = values;
  const said = [account, region, repository, stack, values['state-bucket'], values['existing-oidc-provider'], unprotect];
  const options = { command, isSure: values.yes ?? false, isHelp: values.help ?? false } as const;
  if (options.isHelp || said.every((value) => value === undefined)) return options;
  const config = {
    'tallyship:aws': { accountId: account, region },
    'tallyship:github': { repository, ...(values['existing-oidc-provider'] && { oidcProvider: 'existing' }) },
    ...(values['state-bucket'] !== undefined && { 'tallyship:stateBucket': values['state-bucket'] }),
    'tallyship:stacks': Object.fromEntries((stack ?? []).map(stackOf)),
    ...(unprotect && { 'tallyship:isProtected': false }),
  };
  parseSettings(bootstrapSchema, textOf(config));
  return { ...options, config };
}

/** `dev=branch:main` or `prod=environment:production`. */
function stackOf(text: string): [string, Record<string, string>] {
  const [, name, kind, value] = /^([^=]+)=(branch|environment):(.+)$/.exec(text) ?? [];
  if (name === undefined || kind === undefined || value === undefined)
    throw new Error(`--stack ${text} is not NAME=branch:BRANCH or NAME=environment:ENVIRONMENT`);
  return [name, { [kind]: value }];
}

/** As Pulumi hands settings over: structures are JSON. */
function textOf(config: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)]));
}
