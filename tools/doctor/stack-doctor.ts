import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseStackSettings, StackSettingsError } from '../../infra/settings/parse.ts';
import type { StackSettings } from '../../infra/settings/stack.ts';
import { collectFacts, type Place } from './collect.ts';
import { type Finding, fail } from './finding.ts';
import { judge } from './judge.ts';

/**
 * Checks what a `pulumi up` of the stack needs, and changes nothing. With wrong settings nothing else is checked.
 * @throws Error when there is no such stack
 */
export async function checkStack(place: Place): Promise<Finding[]> {
  const file = `Pulumi.${place.stack}.yaml`;
  const read = readSettings(join(place.root, file), file);
  if (Array.isArray(read)) return read;
  return judge(read, place.stack, await collectFacts(read, place));
}

function readSettings(path: string, file: string): StackSettings | Finding[] {
  const { config = {} } = (parse(text(path, file)) ?? {}) as { config?: Record<string, unknown> };
  try {
    return parseStackSettings(Object.fromEntries(Object.entries(config).map(([key, value]) => [key, configText(value)])));
  } catch (error) {
    if (!(error instanceof StackSettingsError)) throw error;
    const [, ...faults] = error.message.split('\n');
    return faults.map((fault) => fail('settings', `${fault}; mend it in ${file}`));
  }
}

/** As Pulumi hands settings over: structures are JSON. */
const configText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function text(path: string, file: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${file} cannot be read: is that the name of a stack?`, { cause });
  }
}
