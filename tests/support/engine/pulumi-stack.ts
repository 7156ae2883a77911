import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { engineProgram } from '../../../tools/engines/find.ts';
import type { Account } from './account.ts';
import { startLanguageHost } from './language-host.ts';
import { type Simulation, startProviderHost } from './provider-host.ts';

/** A step of a preview. `changed` are the property paths that the provider reports. */
export type Step = { op: string; urn: string; type: string; name: string; changed: string[]; replacedBy: string[] };
export type StateResource = {
  urn: string;
  type: string;
  custom: boolean;
  id?: string;
  parent?: string;
  protect?: boolean;
  provider?: string;
  dependencies?: string[];
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
};

/** A stack of a program on Pulumi's real engine, with its state in a folder and the simulated providers in this process. */
export type PulumiStack = {
  account: Account;
  /** The scratch copy of the project's files: change a `Pulumi.*.yaml` here. */
  dir: string;
  /** The folder that Pulumi keeps its state in. */
  backend: string;
  preview(...flags: string[]): Promise<Step[]>;
  /** The preview as people read it: what policy packs say stands in this one alone. */
  previewText(...flags: string[]): Promise<string>;
  up(...flags: string[]): Promise<string>;
  destroy(...flags: string[]): Promise<string>;
  refresh(...flags: string[]): Promise<string>;
  /** The state as the engine keeps it: secrets are ciphertext. */
  exported(): Promise<StateResource[]>;
  /** Changes one setting: `tallyship:metering.collector.replicas`. */
  set(path: string, value: string): Promise<void>;
  outputs(): Promise<Record<string, unknown>>;
  /** Any other command, or one with flags that change what it prints. */
  pulumi(...args: string[]): Promise<string>;
  /** All that the engine and the program have printed. */
  said(): string;
  close(): Promise<void>;
};

export type StackOptions = {
  /** The folder of Pulumi.yaml. */
  program: string;
  /** Makes a project of one program file of that folder, which then needs no Pulumi.yaml. */
  file?: string;
  /** The stack; its settings are `Pulumi.<stack>.yaml` of the program unless `settings` gives others. */
  stack: string;
  settings?: Record<string, unknown>;
  /** Variables of whoever runs Pulumi, besides those that the tests need. */
  environment?: Record<string, string>;
  simulation: Simulation;
};

/** What a command says when it fails, for tests that want it to. */
export class PulumiFailure extends Error {}

const MINUTES_A_COMMAND = 5;

/**
 * Opens a stack in a scratch folder whose program files are links, so that nothing is written into the repository.
 * @throws Error that says how to get the Pulumi CLI
 */
export async function openPulumiStack({ program, file, stack, settings, environment, simulation }: StackOptions): Promise<PulumiStack> {
  const cli = engineProgram('pulumi');
  const scratch = mkdtempSync(join(tmpdir(), 'tallyship-engine-'));
  const dir = linkProject(resolve(program), scratch);
  if (file) writeFileSync(join(dir, 'Pulumi.yaml'), JSON.stringify(projectOf(file)));
  if (settings) writeFileSync(join(dir, `Pulumi.${stack}.yaml`), JSON.stringify({ config: settings }));
  let said = '';
  const languageHost = await startLanguageHost((text) => {
    said += text;
  });
  const providerHost = await startProviderHost(simulation);
  const env = { ...environment, ...engineEnvironment(scratch, languageHost.port, providerHost.port) };

  const run = async (args: string[]): Promise<string> => {
    const { code, output } = await execute(cli, [...args, '--stack', stack, '--non-interactive', '--color', 'never', '--cwd', dir], env);
    said += output;
    if (code !== 0) throw new PulumiFailure(`pulumi ${args.join(' ')} ended with ${code}\n${faultsIn(output)}`);
    return output;
  };
  await run(['stack', 'init', '--secrets-provider', 'passphrase']);

  return {
    account: simulation.account,
    dir,
    backend: join(scratch, 'backend'),
    preview: async (...flags) => {
      const json = await run(['preview', '--json', ...flags]);
      return stepsOf(JSON.parse(json.slice(json.indexOf('{'), json.lastIndexOf('\n}') + 2)).steps ?? []);
    },
    previewText: (...flags) => run(['preview', ...flags]),
    up: (...flags) => run(['up', '--yes', '--skip-preview', ...flags]),
    // With its preview: that is where a protected resource stops it before anything is gone.
    destroy: (...flags) => run(['destroy', '--yes', ...flags]),
    refresh: (...flags) => run(['refresh', '--yes', '--skip-preview', ...flags]),
    exported: async () => {
      const file = join(scratch, 'export.json');
      await run(['stack', 'export', '--file', file]);
      return JSON.parse(readFileSync(file, 'utf8')).deployment.resources ?? [];
    },
    set: async (path, value) => void (await run(['config', 'set', '--path', path, value])),
    outputs: async () => JSON.parse(await run(['stack', 'output', '--json'])),
    pulumi: (...args) => run(args),
    said: () => said,
    close: async () => {
      languageHost.close();
      providerHost.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

function execute(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
  const limits = { timeout: MINUTES_A_COMMAND * 60_000, maxBuffer: 2 ** 28 };
  return new Promise((resolve) => {
    execFile(command, args, { env, ...limits }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    );
  });
}

/** Links what Node reads and copies what Pulumi writes to. */
function linkProject(program: string, scratch: string): string {
  const dir = join(scratch, 'project');
  mkdirSync(dir);
  for (const entry of readdirSync(program)) {
    if (/^Pulumi\..*yaml$/.test(entry)) cpSync(join(program, entry), join(dir, entry));
    else if (!entry.startsWith('.')) symlinkSync(join(program, entry), join(dir, entry));
  }
  return dir;
}

function projectOf(file: string) {
  return { name: 'planted', main: file, runtime: { name: 'nodejs', options: { typescript: false } } };
}

function engineEnvironment(scratch: string, languagePort: number, providerPort: number): NodeJS.ProcessEnv {
  const bin = join(scratch, 'bin');
  mkdirSync(bin);
  // The engine asks the attached language host to run a policy pack only where it also finds the program of that name; it never starts it.
  writeFileSync(join(bin, 'pulumi-language-nodejs'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const packages = ['aws', 'awsx', 'eks', 'kubernetes', 'docker-build', 'random'];
  mkdirSync(join(scratch, 'backend'));
  return {
    PATH: [bin, process.env.PATH].join(delimiter),
    HOME: scratch,
    PULUMI_HOME: join(scratch, 'home'),
    PULUMI_BACKEND_URL: `file://${join(scratch, 'backend')}`,
    PULUMI_CONFIG_PASSPHRASE: 'a-passphrase-of-the-tests',
    PULUMI_DEBUG_LANGUAGES: `nodejs:${languagePort}`,
    PULUMI_DEBUG_PROVIDERS: packages.map((name) => `${name}:${providerPort}`).join(','),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
  };
}

/** A preview says its faults as data, the other commands as text. */
function faultsIn(output: string): string {
  const start = output.indexOf('{');
  if (!output.slice(start).startsWith('{\n    "config"')) return output;
  const text = output.slice(start, output.lastIndexOf('\n}') + 2);
  const { diagnostics = [], steps = [] } = JSON.parse(text) as { diagnostics?: Diagnostic[]; steps?: PreviewStep[] };
  const faults = diagnostics.filter(({ severity }) => severity === 'error').map(({ urn, message }) => `${urn ?? ''}: ${message ?? ''}`);
  const changes = stepsOf(steps).filter(({ op }) => op !== 'same');
  const listed = changes.map(({ op, urn, changed }) => `${op} ${urn} ${changed.join(', ')}`);
  return [...faults, output.replace(text, '').trim(), ...listed].join('\n');
}

function stepsOf(steps: PreviewStep[]): Step[] {
  return steps.map(({ op, urn, detailedDiff, replaceReasons }) => ({
    op,
    urn,
    type: urn.split('::')[2]?.split('$').at(-1) ?? '',
    name: urn.split('::').at(-1) ?? '',
    changed: Object.keys(detailedDiff ?? {}),
    replacedBy: replaceReasons ?? [],
  }));
}

type Diagnostic = { urn?: string; severity: string; message?: string };
type PreviewStep = { op: string; urn: string; detailedDiff?: Record<string, unknown>; replaceReasons?: string[] };
