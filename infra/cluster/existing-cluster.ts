import * as aws from '@pulumi/aws';
import { type InvokeOptions, type Output, secret } from '@pulumi/pulumi';
import type { ClusterOutputs } from './cluster.ts';
import { kubeconfigOf } from './kubeconfig.ts';

export type ExistingClusterArgs = { name: string; serviceCidr: string; region: string; roleArn?: string };

/** A cluster that is there already: it is asked for, never changed. */
export function findCluster({ name, serviceCidr, region, roleArn }: ExistingClusterArgs, options: InvokeOptions): ClusterOutputs {
  const found = aws.eks.getClusterOutput({ name }, options);
  const kubeconfig = found.apply(({ endpoint, certificateAuthorities }) =>
    kubeconfigOf({ name, endpoint, certificateAuthority: certificateAuthorities[0]?.data ?? '' }, region, roleArn),
  );
  return { name, arn: found.arn, issuer: issuerOf(found), kubeconfig: secret(kubeconfig), serviceCidr, ready: [] };
}

function issuerOf(found: Output<aws.eks.GetClusterResult>): Output<string> {
  return found.apply(({ identities }) => identities[0]?.oidcs[0]?.issuer ?? '');
}
