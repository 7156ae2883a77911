/** The project of the stacks: `name` in Pulumi.yaml of the program. */
export const PROJECT = 'tallyship';

type Named = {
  aws: { accountId: string; region: string };
  stateBucket?: string | undefined;
  stacks: Record<string, { existingCluster?: string | undefined }>;
};

/** Everything here has a fixed name: people and workflows must know it before they can ask AWS anything. */
export function bootstrapNames({ aws: { accountId, region }, stateBucket }: Omit<Named, 'stacks'>) {
  const bucket = stateBucket ?? `${PROJECT}-state-${accountId}-${region}`;
  const secretsAlias = `alias/${PROJECT}-secrets`;
  return {
    bucket,
    stateAlias: `alias/${PROJECT}-state`,
    secretsAlias,
    stateUrl: `s3://${bucket}?region=${region}`,
    secretsProvider: `awskms://${secretsAlias}?region=${region}`,
    previewRole: `${PROJECT}-ci-preview`,
    deployRole: (stack: string) => `${PROJECT}-ci-deploy-${stack}`,
    boundary: (stack: string) => `${PROJECT}-ci-boundary-${stack}`,
  };
}
export type BootstrapNames = ReturnType<typeof bootstrapNames>;

/** Beginnings of the names of what a stack makes; the deploy role may touch what begins so. */
export function stackPrefixes(stack: string, existingCluster?: string): { resources: string; roles: string[] } {
  const resources = `${PROJECT}-${stack}-`;
  // Roles of service accounts begin with the name of their cluster.
  return { resources, roles: [resources, ...(existingCluster === undefined ? [] : [`${existingCluster}-${PROJECT}-`])] };
}

/**
 * Names that would let a stack's deploy role touch what is not the stack's: the state, the roles of CI, another stack. Rights go by the
 * beginning of a name, so no name may begin as another one's do.
 */
export function reservedNameFaults(settings: Named): { stack: string; message: string }[] {
  const names = bootstrapNames(settings);
  const stacks = Object.entries(settings.stacks);
  const roles = [names.previewRole, ...stacks.map(([stack]) => names.deployRole(stack))];
  return stacks.flatMap(([stack, { existingCluster }]) => {
    const { resources, roles: rolePrefixes } = stackPrefixes(stack, existingCluster);
    const taken = [
      ...(names.bucket.startsWith(resources) ? [`the bucket ${names.bucket}`] : []),
      ...roles.filter((role) => rolePrefixes.some((prefix) => role.startsWith(prefix))).map((role) => `the role ${role}`),
      ...stacks.filter(([other]) => other !== stack && other.startsWith(`${stack}-`)).map(([other]) => `the stack ${other}`),
    ];
    return taken
      .slice(0, 1)
      .map((what) => ({ stack, message: `could touch ${what}, whose name begins like the stack’s own; give it another name` }));
  });
}
