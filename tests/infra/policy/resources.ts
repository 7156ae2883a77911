import type { PolicyResource, Rule, Values } from '../../../infra/policy/resource.ts';
import { RULES } from '../../../infra/policy/rules.ts';

/** A resource that a program asks for. */
export function resource(type: string, inputs: Values = {}, more: Partial<PolicyResource> = {}): PolicyResource {
  const name = more.name ?? 'it';
  return { urn: `urn:pulumi:dev::p::${type}::${name}`, type, name, inputs, provider: 'aws', refersTo: {}, ...more };
}

/** What the rule says of the first of the resources, with the others beside it. */
export function said(ruleName: string, ...resources: PolicyResource[]): string[] {
  const rule = RULES.find(({ name }) => name === ruleName) as Rule;
  const [first] = resources as [PolicyResource];
  if (rule.of === 'resource') return rule.check(first);
  return rule
    .check(resources)
    .filter(({ urn }) => urn === first.urn)
    .map(({ says }) => says);
}

export const policy = (...statements: Values[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });
