import type { Asked, Made, ModelTable } from '../model.ts';
import { isValues, textAt, UNKNOWN, type Values } from '../values.ts';

const iamName = /^[\w+=,.@-]+$/;

/** IAM. Roles keep their last use from being deleted under it; AWS allows that for services and then cannot clean up after them. */
export const awsIdentity: ModelTable = {
  'aws:iam/role:Role': {
    requires: ['assumeRolePolicy'],
    name: { input: 'name', max: 64, pattern: iamName, uniqueIn: 'account', isGenerated: true, clash: 'EntityAlreadyExists' },
    replacedBy: ['name', 'path'],
    faults: ({ inputs }) => [...policyFaults(inputs.assumeRolePolicy, 'assumeRolePolicy'), ...inlineFaults(inputs)],
    id: ({ inputs }) => textAt(inputs, 'name'),
    answers: (made) => ({
      arn: made.arn('iam', `role/${made.id}`, { global: true }),
      uniqueId: made.newId('AROA').toUpperCase(),
      createDate: '2026-01-01T00:00:00Z',
    }),
    refusesDelete: ({ account, inputs, id }) => {
      const policies = inputs.managedPolicyArns;
      if (Array.isArray(policies) && policies.length > 0) return undefined;
      const association = account
        .all('aws:eks/podIdentityAssociation:PodIdentityAssociation')
        .find((candidate) => textAt(candidate.inputs, 'roleArn').endsWith(`:role/${id}`));
      return association && `DeleteConflict: role ${id} is deleted in use by the pod identity association ${association.id}`;
    },
  },
  'aws:iam/rolePolicy:RolePolicy': {
    requires: ['policy', 'role'],
    name: {
      input: 'name',
      max: 128,
      pattern: iamName,
      uniqueIn: 'parent',
      parent: 'role',
      isGenerated: true,
      clash: 'EntityAlreadyExists',
    },
    replacedBy: ['name', 'role'],
    refersTo: [
      {
        input: 'role',
        to: 'aws:iam/role:Role',
        missing: 'NoSuchEntity',
        holds: 'DeleteConflict: Cannot delete entity, must delete policies first',
      },
    ],
    faults: ({ inputs }) => policyFaults(inputs.policy, 'policy'),
    id: ({ inputs }) => `${textAt(inputs, 'role')}:${textAt(inputs, 'name')}`,
  },
  'aws:iam/policy:Policy': {
    requires: ['policy'],
    name: { input: 'name', max: 128, pattern: iamName, uniqueIn: 'account', isGenerated: true, clash: 'EntityAlreadyExists' },
    replacedBy: ['name', 'path', 'description'],
    faults: ({ inputs }) => policyFaults(inputs.policy, 'policy'),
    id: (asked) => policyArn(asked),
    answers: ({ id }) => ({ arn: id, attachmentCount: 0 }),
  },
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': {
    requires: ['policyArn', 'role'],
    replacedBy: ['policyArn', 'role'],
    refersTo: [
      {
        input: 'role',
        to: 'aws:iam/role:Role',
        missing: 'NoSuchEntity',
        holds: 'DeleteConflict: Cannot delete entity, must detach all policies first',
      },
      { input: 'policyArn', to: 'aws:iam/policy:Policy', holds: 'DeleteConflict: Cannot delete a policy attached to entities' },
    ],
    refuses: unknownPolicy,
    id: ({ inputs }) => `${textAt(inputs, 'role')}/${textAt(inputs, 'policyArn')}`,
  },
  'aws:iam/instanceProfile:InstanceProfile': {
    name: { input: 'name', max: 128, pattern: iamName, uniqueIn: 'account', isGenerated: true, clash: 'EntityAlreadyExists' },
    refersTo: [
      {
        input: 'role',
        to: 'aws:iam/role:Role',
        missing: 'NoSuchEntity',
        holds: 'DeleteConflict: Cannot delete entity, must remove roles from instance profile first',
      },
    ],
    id: ({ inputs }) => textAt(inputs, 'name'),
    answers: (made) => ({ arn: made.arn('iam', `instance-profile/${made.id}`, { global: true }) }),
  },
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': {
    requires: ['url', 'clientIdLists'],
    name: { input: 'url', max: 255, pattern: /^https:\/\//, uniqueIn: 'account', isGenerated: false, clash: 'EntityAlreadyExists' },
    replacedBy: ['url'],
    id: (asked) => oidcArn(asked),
    answers: ({ id }) => ({ arn: id, thumbprintLists: ['9e99a48a9960b14926bb7f3b02e22da2b0ab7280'] }),
  },
};

/** @returns what IAM's MalformedPolicyDocument would say; a document that is not known yet has no fault */
export function policyFaults(document: unknown, input: string): string[] {
  const fault = (reason: string) => [`MalformedPolicyDocument: ${input} ${reason}`];
  if (typeof document !== 'string') return isValues(document) || document === undefined ? fault('is no JSON text') : [];
  if (document.includes(UNKNOWN)) return [];
  const policy = parse(document);
  if (!isValues(policy)) return fault('is no JSON');
  if (policy.Version !== '2012-10-17') return fault('has no Version 2012-10-17');
  const statements = [policy.Statement].flat();
  if (document.length > 10_240) return [`LimitExceeded: ${input} has ${document.length} characters; AWS allows 10240`];
  return statements.flatMap((statement, index) => statementFaults(statement).flatMap((reason) => fault(`statement ${index} ${reason}`)));
}

function statementFaults(statement: unknown): string[] {
  if (!isValues(statement)) return ['is no object'];
  const known = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];
  const strange = Object.keys(statement).filter((key) => !known.includes(key));
  return [
    ...strange.map((key) => `has the unknown element ${key}`),
    ...(statement.Effect === 'Allow' || statement.Effect === 'Deny' ? [] : ['has no Effect Allow or Deny']),
    ...('Action' in statement || 'NotAction' in statement ? [] : ['has no Action']),
    ...(typeof statement.Sid !== 'string' || /^[A-Za-z0-9]*$/.test(statement.Sid)
      ? []
      : [`has the Sid ${statement.Sid}; letters and digits are allowed`]),
    ...[statement.Action ?? statement.NotAction]
      .flat()
      .filter((action) => typeof action === 'string' && action !== '*' && !/^[a-z0-9-]+:[\w*?]+$/.test(action))
      .map((action) => `has the action ${action}; it must be service:Action`),
  ];
}

function inlineFaults(inputs: Values): string[] {
  const inline = Array.isArray(inputs.inlinePolicies) ? inputs.inlinePolicies : [];
  return inline.flatMap((entry, index) => (isValues(entry) ? policyFaults(entry.policy, `inlinePolicies[${index}]`) : []));
}

/** AWS's own policies are many; one that is neither its own nor made here does not exist. */
function unknownPolicy({ account, inputs }: Asked): string | undefined {
  const arn = textAt(inputs, 'policyArn');
  if (/^arn:aws:iam::aws:policy\/[\w/+=,.@-]+$/.test(arn)) return undefined;
  return account.all('aws:iam/policy:Policy').some(({ id }) => id === arn) ? undefined : `NoSuchEntity: Policy ${arn} does not exist`;
}

const policyArn = (asked: Asked) => asked.arn('iam', `policy/${textAt(asked.inputs, 'name')}`, { global: true });
const oidcArn = (asked: Asked | Made) =>
  asked.arn('iam', `oidc-provider/${textAt(asked.inputs, 'url').replace('https://', '')}`, { global: true });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
