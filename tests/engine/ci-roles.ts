import type { Account } from '../support/engine/account.ts';
import { type Decision, decide } from '../support/iam/decide.ts';
import { type Policy, statementsOf } from '../support/iam/policy.ts';
import type { Call } from './aws-calls.ts';

const GITHUB = 'token.actions.githubusercontent.com';

export type CiRole = {
  /** All actions that it is granted anywhere. */
  actions: string[];
  decide(call: Call): Decision;
  /** Whether GitHub's token with this subject gets the role. */
  trusts(subject: string, other?: { aud?: string; issuer?: string }): boolean;
};

/** Roles of an account with their managed policies, as IAM would judge them. */
export function openRoles(account: Account): (name: string) => CiRole {
  return (name) => {
    const [role] = account.all('aws:iam/role:Role').filter(({ id }) => id === name);
    if (!role) throw new Error(`there is no role ${name}`);
    const arn = String(role.outputs.arn);
    const attached = account.all('aws:iam/rolePolicyAttachment:RolePolicyAttachment').filter(({ inputs }) => inputs.role === name);
    const documents = account.all('aws:iam/policy:Policy').filter(({ id }) => attached.some(({ inputs }) => inputs.policyArn === id));
    const identity = documents.map(({ inputs }) => JSON.parse(String(inputs.policy)) as Policy);
    return {
      actions: identity.flatMap(({ Statement }) => [Statement].flat().flatMap(({ Action = [] }) => Action)),
      decide: (call) => decide({ identity, ...resourcePolicy(account, call.resource) }, { principal: arn, ...call }),
      trusts: (subject, { aud = 'sts.amazonaws.com', issuer = GITHUB } = {}) => {
        const trust = JSON.parse(String(role.inputs.assumeRolePolicy)) as Policy;
        // A trust speaks of its own role without naming it.
        const resource = { ...trust, Statement: statementsOf(trust).map((statement) => ({ ...statement, Resource: arn })) };
        const principal = `arn:aws:iam::${role.home.accountId}:oidc-provider/${issuer}`;
        const context = { [`${GITHUB}:sub`]: subject, [`${GITHUB}:aud`]: aud };
        return decide({ identity: [], resource }, { principal, action: 'sts:AssumeRoleWithWebIdentity', resource: arn, context }).isAllowed;
      },
    };
  };
}

/** The policy of a bucket; a key without one of its own trusts its account. */
function resourcePolicy(account: Account, resource: string): { resource?: Policy } {
  if (resource.startsWith('arn:aws:kms:')) {
    const root = { AWS: `arn:aws:iam::${resource.split(':')[4]}:root` };
    return { resource: { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' } } };
  }
  const bucket = /^arn:aws:s3:::([^/]+)/.exec(resource)?.[1];
  const policy = account.all('aws:s3/bucketPolicy:BucketPolicy').find(({ inputs }) => inputs.bucket === bucket)?.inputs.policy;
  return policy === undefined ? {} : { resource: JSON.parse(String(policy)) };
}
