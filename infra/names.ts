import { createHash } from 'node:crypto';

/** Which deployment of the program something belongs to. */
export type StackName = { project: string; stack: string };

/**
 * Names that must be known before a resource exists, because another service finds things by them. All others are made up by Pulumi
 * from the pattern in Pulumi.yaml, which begins with the same `project-stack`.
 */
export function stackNames({ project, stack }: StackName) {
  const prefix = `${project}-${stack}`;
  return {
    stack,
    /** Cluster, its log group, and the tag that node and load balancer controllers look for. */
    cluster: prefix,
    /** CloudTrail's events of the lake; the policy of the bucket that they go to names the trail. */
    lakeTrail: `${prefix}-lake`,
    clusterLogGroup: `/aws/eks/${prefix}/cluster`,
    /** A secret of the stack in Secrets Manager. */
    secret: (name: string) => `${project}/${stack}/${name}`,
  };
}
export type StackNames = ReturnType<typeof stackNames>;

const MAX_ROLE_NAME = 64;
const HASH_LENGTH = 8;

/** Role of a service account. Cluster names may be longer than role names: then a hash stands for the rest. */
export function workloadRoleName(cluster: string, { namespace, serviceAccount }: { namespace: string; serviceAccount: string }): string {
  const name = `${cluster}-${namespace}-${serviceAccount}`;
  if (name.length <= MAX_ROLE_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${name.slice(0, MAX_ROLE_NAME - HASH_LENGTH - 1)}-${hash}`;
}

/** Tags of every AWS resource: whose it is. The stack's own tags cannot hide these. */
export function stackTags({ project, stack }: StackName, own: Record<string, string>): Record<string, string> {
  return { ...own, 'tallyship:project': project, 'tallyship:stack': stack, 'managed-by': 'pulumi' };
}
