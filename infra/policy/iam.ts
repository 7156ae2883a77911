import { at, isUnknown, isValues, listAt, type PolicyResource, type Rule, type Values } from './resource.ts';

/** Where each type keeps its policies. */
const POLICY_INPUTS: Record<string, string[]> = {
  'aws:ecr/repositoryPolicy:RepositoryPolicy': ['policy'],
  'aws:iam/groupPolicy:GroupPolicy': ['policy'],
  'aws:iam/policy:Policy': ['policy'],
  'aws:iam/role:Role': ['assumeRolePolicy'],
  'aws:iam/rolePolicy:RolePolicy': ['policy'],
  'aws:iam/userPolicy:UserPolicy': ['policy'],
  'aws:kms/key:Key': ['policy'],
  'aws:kms/keyPolicy:KeyPolicy': ['policy'],
  'aws:s3/bucketPolicy:BucketPolicy': ['policy'],
  'aws:secretsmanager/secretPolicy:SecretPolicy': ['policy'],
  'aws:sns/topicPolicy:TopicPolicy': ['policy'],
  'aws:sqs/queuePolicy:QueuePolicy': ['policy'],
};

/** Wildcards that cannot be avoided. `value` is the whole action or resource. */
const WILDCARDS: { in: RegExp; element: 'Action' | 'Resource'; value: string; why: string }[] = [
  { in: /^aws:kms\//, element: 'Resource', value: '*', why: 'in the policy of a key it stands for that key alone' },
  {
    in: /^aws:kms\//,
    element: 'Action',
    value: 'kms:*',
    why: 'without the word of its account a key can never be changed again; what its roles may do is in their own policies',
  },
];

/** AWS’s own policies are full of wildcards and change by themselves, so each one that is attached has a reason. */
const MANAGED_POLICIES: Record<string, string> = {
  AmazonEBSCSIDriverPolicyV2: 'the driver makes and attaches volumes; AWS narrows it by the tags that the driver sets',
  AmazonEC2ContainerRegistryPullOnly: 'nodes pull images, those of EKS’s own account among them',
  AmazonEKSClusterPolicy: 'EKS itself acts by it, and refuses a cluster without it',
  AmazonEKSWorkerNodePolicy: 'nodes join by it; EKS refuses others',
  AmazonEKS_CNI_Policy: 'the CNI takes addresses for pods before any pod can have a role of its own',
};

export const iamExact: Rule = {
  name: 'iam-exact',
  demands: 'What is allowed names its actions and resources; a wildcard may only end a name.',
  of: 'resource',
  check: (resource) => policiesOf(resource).flatMap((policy) => allowing(policy).flatMap((statement) => widths(resource.type, statement))),
};

export const iamManagedListed: Rule = {
  name: 'iam-managed-listed',
  demands: 'AWS’s own policies are attached only where infra/policy/iam.ts says why.',
  of: 'resource',
  check: ({ type, inputs }) => {
    const attached = type === 'aws:iam/role:Role' ? listAt(inputs, 'managedPolicyArns') : [inputs.policyArn];
    const managed = attached.filter((arn) => typeof arn === 'string' && arn.startsWith('arn:aws:iam::aws:policy/')) as string[];
    return managed
      .filter((arn) => !Object.hasOwn(MANAGED_POLICIES, arn.slice(arn.lastIndexOf('/') + 1)))
      .map((arn) => `attaches ${arn}, which no table gives a reason for`);
  },
};

/** The policies of a resource that are known already. */
export function policiesOf({ type, inputs }: PolicyResource): Values[] {
  const inline = type === 'aws:iam/role:Role' ? listAt(inputs, 'inlinePolicies').map((entry) => at(entry, 'policy')) : [];
  const texts = [...(POLICY_INPUTS[type] ?? []).map((input) => inputs[input]), ...inline];
  return texts.map(documentOf).filter(isValues);
}

/** Statements that allow: a wildcard in one that denies only makes it stricter. */
export function allowing(policy: Values): Values[] {
  return listOf(policy.Statement)
    .filter(isValues)
    .filter(({ Effect }) => Effect === 'Allow');
}

export const listOf = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat());

function documentOf(policy: unknown): unknown {
  if (typeof policy !== 'string' || isUnknown(policy)) return policy;
  try {
    return JSON.parse(policy);
  } catch {
    return undefined;
  }
}

function widths(type: string, statement: Values): string[] {
  const sid = typeof statement.Sid === 'string' ? `statement ${statement.Sid}` : 'a statement';
  const open = ['NotAction', 'NotResource', 'NotPrincipal'].filter((key) => key in statement);
  return [
    ...open.map((key) => `${sid} allows all but what ${key} names`),
    ...tooWide(type, 'Action', statement).map((action) => `${sid} allows the action ${action}`),
    ...tooWide(type, 'Resource', statement).map((resource) => `${sid} allows the resource ${resource}`),
  ];
}

function tooWide(type: string, element: 'Action' | 'Resource', statement: Values): string[] {
  const isWide = element === 'Action' ? (action: string) => /[*?]/.test(action) : isWideResource;
  const isExcepted = (value: string) =>
    WILDCARDS.some((entry) => entry.in.test(type) && entry.element === element && entry.value === value);
  return listOf(statement[element])
    .filter((value): value is string => typeof value === 'string' && !isUnknown(value))
    .filter((value) => isWide(value) && !isExcepted(value));
}

/** Whether a wildcard reaches over what an ARN names: its service, account or region, or all resources of a kind. */
function isWideResource(arn: string): boolean {
  const [head, service, rest] = [arn.split(':').slice(0, 5), arn.split(':')[2], arn.split(':').slice(5).join(':')];
  if (head.length < 5 || head.some((part) => /[*?]/.test(part))) return true;
  // Objects are named after their bucket, so that all objects of one bucket are no wider than the bucket.
  return service === 's3' ? /^[^/]*[*?]/.test(rest) : /^([^:/]+[:/])?[*?]/.test(rest);
}
