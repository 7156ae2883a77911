import type { BootstrapNames } from './names.ts';

export type NextSteps = {
  names: BootstrapNames;
  previewRoleArn: string;
  deployRoleArns: Record<string, string>;
  permissionsBoundaryArns: Record<string, string>;
};

/** What to do after the bootstrap, as text that can be pasted. */
export function nextSteps({ names, previewRoleArn, deployRoleArns, permissionsBoundaryArns }: NextSteps): string {
  const stacks = Object.keys(deployRoleArns);
  return [
    'Once, on this machine:',
    `  pulumi login '${names.stateUrl}'`,
    ...stacks.map((stack) => `  pulumi stack init ${stack} --secrets-provider='${names.secretsProvider}'`),
    'In the settings of each stack, so that its roles can be made by its deploy role and no further than their boundary:',
    ...stacks.map(
      (stack) => `  pulumi config set --stack ${stack} --path tallyship:aws.permissionsBoundaryArn ${permissionsBoundaryArns[stack]}`,
    ),
    'In the workflows (docs/program.md):',
    `  preview of pull requests: ${previewRoleArn}`,
    ...stacks.map((stack) => `  deploy of ${stack}: ${deployRoleArns[stack]}`),
  ].join('\n');
}
