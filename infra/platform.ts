import * as aws from '@pulumi/aws';
import { type StackName, stackNames, stackTags } from './names.ts';
import { Network, type NetworkOutputs } from './network/network.ts';
import type { StackSettings } from './settings/stack.ts';

/** Builds all parts of the platform; the one place that knows them all. */
export function buildPlatform(settings: StackSettings, stack: StackName) {
  const names = stackNames(stack);
  const provider = awsProvider(settings, stack);
  const network = networkOf(settings, names.cluster, provider);
  return { network };
}

/** The only way to AWS: credentials of another account are refused before anything is done. */
function awsProvider({ aws: { accountId, region, roleArn }, tags }: StackSettings, stack: StackName): aws.Provider {
  return new aws.Provider('aws', {
    region: region as aws.Region,
    allowedAccountIds: [accountId],
    defaultTags: { tags: stackTags(stack, tags) },
    ...(roleArn !== undefined && { assumeRoles: [{ roleArn, sessionName: `${stack.project}-${stack.stack}` }] }),
  });
}

function networkOf(
  { network, aws: { accountId, region }, isProtected }: StackSettings,
  clusterName: string,
  provider: aws.Provider,
): NetworkOutputs | undefined {
  if (network?.mode !== 'own') return network;
  return new Network('network', { settings: network, accountId, region, clusterName, isProtected }, { providers: [provider] });
}
