import { holds } from './conditions.ts';
import { speaksOf } from './match.ts';
import { type Policy, type Request, type Statement, statementsOf } from './policy.ts';

/** All policies that bear on a request. A kind that is absent does not limit; an empty list of boundaries allows nothing. */
export type Policies = {
  identity: readonly Policy[];
  resource?: Policy;
  /** Permissions boundary, session policies, service control policies: each list must allow on its own. */
  boundary?: readonly Policy[];
  session?: readonly Policy[];
  organisation?: readonly Policy[];
  /** The account that owns the resource; the caller's own when absent. */
  resourceAccount?: string;
};
export type Decision = { isAllowed: boolean; why: string };

/**
 * Decides as IAM does: an explicit deny anywhere wins; then every limit must allow; then, within one account, the identity's or the
 * resource's policy is enough, and across accounts both must allow. KMS keys and role trusts always need their own policy's word.
 * Source: the policy evaluation logic of the IAM user guide.
 */
export function decide(policies: Policies, request: Request): Decision {
  const denial = firstDenial(policies, request);
  if (denial) return { isAllowed: false, why: `explicit deny by ${denial}` };
  for (const kind of ['organisation', 'boundary', 'session'] as const) {
    const limit = policies[kind];
    if (limit && !limit.some((policy) => allows(policy, request, false)))
      return { isAllowed: false, why: `not allowed by the ${kind} policy` };
  }
  const byIdentity = policies.identity.some((policy) => allows(policy, request, false));
  const byResource = policies.resource !== undefined && allows(policies.resource, request, true);
  if (needsOwnPolicy(request))
    return verdict(byResource && (byIdentity || grantsCallerItself(policies.resource, request)), 'the resource policy');
  const callerAccount = request.principal.split(':')[4] ?? '';
  const isForeign = policies.resourceAccount !== undefined && policies.resourceAccount !== callerAccount;
  if (isForeign) return verdict(byIdentity && byResource, 'both the identity and the resource policy of another account');
  return verdict(byIdentity || byResource, 'any policy');
}

function verdict(isAllowed: boolean, by: string): Decision {
  return { isAllowed, why: isAllowed ? 'allowed' : `implicit deny: not allowed by ${by}` };
}

function firstDenial(
  { identity, resource, boundary = [], session = [], organisation = [] }: Policies,
  request: Request,
): string | undefined {
  const denials = (policy: Policy, isResourcePolicy: boolean) =>
    statementsFor(policy, request, isResourcePolicy).filter(({ Effect }) => Effect === 'Deny');
  const ofCaller = [...identity, ...boundary, ...session, ...organisation].flatMap((policy) => denials(policy, false));
  const [first] = [...ofCaller, ...(resource ? denials(resource, true) : [])];
  return first && (first.Sid ?? 'a statement without Sid');
}

function allows(policy: Policy, request: Request, isResourcePolicy: boolean): boolean {
  return statementsFor(policy, request, isResourcePolicy).some(({ Effect }) => Effect === 'Allow');
}

function statementsFor(policy: Policy, request: Request, isResourcePolicy: boolean): Statement[] {
  return statementsOf(policy).filter((statement) => speaksOf(statement, request, isResourcePolicy) && holds(statement, request.context));
}

/** A role is taken, and a key used, only if its own policy says so: the account's administrators cannot go past it. */
function needsOwnPolicy({ action, resource }: Request): boolean {
  return /^sts:(AssumeRole|TagSession)/i.test(action) || (/^kms:/i.test(action) && resource.includes(':key/'));
}

/** A policy that names the caller grants alone; one that names the account only hands the decision to the identity's policies. */
function grantsCallerItself(policy: Policy | undefined, request: Request): boolean {
  const named = policy ? statementsFor(policy, request, true) : [];
  return named.some(
    ({ Effect, Principal: principal }) =>
      Effect === 'Allow' &&
      (principal === '*' ||
        Object.values(principal ?? {})
          .flat()
          .includes(request.principal)),
  );
}
