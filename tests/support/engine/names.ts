import { createHash } from 'node:crypto';
import type { NameRule } from './model.ts';
import { isValues, UNKNOWN, type Values } from './values.ts';

/** What the engine proposes when the program gives no name; `required` may not be decorated. */
export type Proposal = { name: string; isRequired: boolean } | undefined;

/** Fills in a name that the program leaves open: the old one, the engine's, or the logical name and a random tail. */
export function withName(rule: NameRule, inputs: Values, olds: Values, logicalName: string, seed: Uint8Array, proposal: Proposal): Values {
  if (!rule.isGenerated || nameIn(rule, inputs) !== undefined) return inputs;
  const kept = isGenerated(olds) ? nameIn(rule, olds) : undefined;
  const name =
    (typeof kept === 'string' ? kept : undefined) ??
    proposal?.name ??
    `${logicalName}-${createHash('sha256').update(seed).digest('hex').slice(0, 7)}`;
  return { ...withValueAt(inputs, rule.input.split('.'), name), __generated: rule.input };
}

/** @returns what is wrong with the name, in AWS's terms */
export function nameFaults(rule: NameRule, inputs: Values): string[] {
  const name = nameIn(rule, inputs);
  if (typeof name !== 'string' || name.includes(UNKNOWN)) return [];
  if (name.length > rule.max) return [`${rule.input} "${name}" has ${name.length} characters; AWS allows ${rule.max}`];
  return rule.pattern.test(name) ? [] : [`${rule.input} "${name}" must match ${rule.pattern}`];
}

/** A fixed name cannot be held by the old and the new one at the same time. */
export function mustDeleteFirst(rule: NameRule | undefined, olds: Values, news: Values): boolean {
  return rule !== undefined && !isGenerated(news) && nameIn(rule, news) !== undefined && nameIn(rule, olds) === nameIn(rule, news);
}

const isGenerated = (inputs: Values) => '__generated' in inputs;

function nameIn(rule: NameRule, inputs: Values): unknown {
  return rule.input.split('.').reduce<unknown>((value, key) => (isValues(value) ? value[key] : undefined), inputs);
}

function withValueAt(values: Values, [key, ...rest]: string[], leaf: string): Values {
  if (key === undefined) return values;
  if (rest.length === 0) return { ...values, [key]: leaf };
  const inner = values[key];
  return { ...values, [key]: withValueAt(isValues(inner) ? inner : {}, rest, leaf) };
}
