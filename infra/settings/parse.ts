import type { z } from 'zod';
import { type StackSettings, stackSchema } from './stack.ts';

const NAMESPACE = 'tallyship:';
/** Provider settings would reach default providers only, and those are switched off. */
const DEAD_NAMESPACES = ['aws:', 'awsx:', 'eks:', 'kubernetes:', 'docker-build:', 'random:'];

export class StackSettingsError extends Error {
  override name = 'StackSettingsError';
}

/**
 * Reads a stack's configuration as Pulumi hands it over: full keys to text, where structures are JSON.
 * @throws StackSettingsError with every fault at once, a line each that begins with the key
 */
export function parseStackSettings(config: Record<string, string>): StackSettings {
  return parseSettings(stackSchema, config);
}

/** The same for any schema of what may stand under `tallyship:`. */
export function parseSettings<S extends z.ZodType>(schema: S, config: Record<string, string>): z.output<S> {
  const dead = Object.keys(config).filter((key) => DEAD_NAMESPACES.some((namespace) => key.startsWith(namespace)));
  const deadFaults = dead.map((key) => `${key}: has no effect; providers take what ${NAMESPACE}aws says`);
  const parsed = schema.safeParse(documentOf(config));
  const faults = [...deadFaults, ...(parsed.success ? [] : parsed.error.issues.flatMap(faultLines))];
  if (!parsed.success || faults.length > 0) throw new StackSettingsError(`wrong settings of the stack\n${faults.join('\n')}`);
  return parsed.data;
}

function documentOf(config: Record<string, string>): Record<string, unknown> {
  const own = Object.entries(config).filter(([key]) => key.startsWith(NAMESPACE));
  return Object.fromEntries(own.map(([key, text]) => [key.slice(NAMESPACE.length), parseText(text)]));
}

/** Text that is no JSON is the value itself: Pulumi hands plain words over without quotes. */
function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function faultLines(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${keyOf([...issue.path, key])}: is not a setting`);
  return [`${keyOf(issue.path)}: ${faultOf(issue)}`];
}

/** The schema's own words where it has some, else zod's as a predicate of the key. */
function faultOf(issue: z.core.$ZodIssue): string {
  const { message } = issue;
  if (message.endsWith('received undefined')) return 'is required';
  if (!message.startsWith('Invalid')) return message;
  if (issue.code === 'invalid_type') return `is not ${/^[aeio]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
  if (issue.code === 'invalid_value') return `is not one of ${issue.values.join(', ')}`;
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? 'is not a name';
  if (issue.code === 'invalid_union' && 'options' in issue) return `is not one of ${(issue.options as string[]).join(', ')}`;
  return message;
}

function keyOf(path: readonly PropertyKey[]): string {
  const [first = '', ...rest] = path;
  return NAMESPACE + String(first) + rest.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
}
