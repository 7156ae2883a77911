import type { Principal, Request, Statement } from './policy.ts';
import { listOf } from './policy.ts';

/** Whether a statement speaks of this action on this resource by this principal; its conditions are another matter. */
export function speaksOf(statement: Statement, request: Request, isResourcePolicy: boolean): boolean {
  return isOfPrincipal(statement, request, isResourcePolicy) && isOfAction(statement, request) && isOfResource(statement, request);
}

/** `*` stands for any text, `?` for one character; `${key}` for the value of a context key, which is taken as it is. */
export function matchesPattern(pattern: string, text: string, context: Request['context'] = {}, ignoresCase = false): boolean {
  const source = pattern.replace(/\$\{([^}]+)\}|[\s\S]/g, (part, variable: string | undefined) => {
    if (variable !== undefined) return quote(variableValue(variable, context));
    return part === '*' ? '[\\s\\S]*' : part === '?' ? '[\\s\\S]' : quote(part);
  });
  return new RegExp(`^${source}$`, ignoresCase ? 'i' : '').test(text);
}

function isOfAction({ Action, NotAction }: Statement, { action }: Request): boolean {
  const has = (patterns: string[]) => patterns.some((pattern) => matchesPattern(pattern, action, {}, true));
  return NotAction === undefined ? has(listOf(Action)) : !has(listOf(NotAction));
}

/** A resource policy may leave the resource out of the question only by naming it; ARNs are matched part by part. */
function isOfResource({ Resource, NotResource }: Statement, { resource, context }: Request): boolean {
  const has = (patterns: string[]) => patterns.some((pattern) => pattern === '*' || matchesArn(pattern, resource, context));
  return NotResource === undefined ? has(listOf(Resource)) : !has(listOf(NotResource));
}

/** A wildcard in the first five parts of an ARN does not reach over a colon. */
function matchesArn(pattern: string, arn: string, context: Request['context']): boolean {
  const [wanted, given] = [partsOf(pattern), partsOf(arn)];
  return wanted.length === given.length && wanted.every((part, index) => matchesPattern(part, given[index] as string, context));
}

function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** An identity policy has no principal: it belongs to the one who asks. */
function isOfPrincipal({ Principal: principal, NotPrincipal }: Statement, request: Request, isResourcePolicy: boolean): boolean {
  if (!isResourcePolicy) return true;
  if (NotPrincipal !== undefined) return !names(NotPrincipal, request.principal);
  return principal !== undefined && names(principal, request.principal);
}

/** A role's account stands for all of its principals, as `arn:aws:iam::ID:root` or as the bare number. */
function names(principal: Principal, caller: string): boolean {
  if (principal === '*') return true;
  const account = caller.split(':')[4] ?? '';
  const values = Object.values(principal).flatMap(listOf);
  return values.some(
    (value) => value === '*' || value === caller || (account !== '' && (value === account || value === `arn:aws:iam::${account}:root`)),
  );
}

function variableValue(variable: string, context: Request['context'] = {}): string {
  const [name = '', fallback] = variable.split(/,\s*/);
  if (['*', '?', '$'].includes(name)) return name;
  const key = Object.keys(context).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  const [value] = key === undefined ? [] : listOf(context[key]);
  // A variable without a value matches nothing.
  return value ?? fallback?.replace(/^'|'$/g, '') ?? '\u0000';
}

const quote = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
