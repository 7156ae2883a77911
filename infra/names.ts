/** Which deployment of the program something belongs to. */
export type StackName = { project: string; stack: string };

/**
 * Names that must be known before a resource exists, because another service finds things by them. All others are made up by Pulumi
 * from the pattern in Pulumi.yaml, which begins with the same `project-stack`.
 */
export function stackNames({ project, stack }: StackName) {
  const prefix = `${project}-${stack}`;
  return {
    /** Cluster, its log group, and the tag that node and load balancer controllers look for. */
    cluster: prefix,
    clusterLogGroup: `/aws/eks/${prefix}/cluster`,
    /** Secrets of the stack: External Secrets may read below the prefix and nowhere else. */
    secretPrefix: `${project}/${stack}/`,
    secret: (name: string) => `${project}/${stack}/${name}`,
  };
}
export type StackNames = ReturnType<typeof stackNames>;

/** Tags of every AWS resource: whose it is. The stack's own tags cannot hide these. */
export function stackTags({ project, stack }: StackName, own: Record<string, string>): Record<string, string> {
  return { ...own, 'tallyship:project': project, 'tallyship:stack': stack, 'managed-by': 'pulumi' };
}
