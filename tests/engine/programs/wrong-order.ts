import * as aws from '@pulumi/aws';
import { platform } from './platform.ts';

/** CoreDNS before any node: its pods have nowhere to run. */
const { provider, cluster } = platform({
  beforeNodes: (provider, cluster) => [
    new aws.eks.Addon(
      'coredns',
      { clusterName: cluster.eksCluster.name, addonName: 'coredns', addonVersion: 'v1.14.3-eksbuild.11' },
      { provider },
    ),
  ],
});

export const version = cluster.eksCluster.version;
export const region = provider.region;
