import type { Home, World } from './model.ts';

/** Puts a cluster with nodes into the account, as somebody else has made it. */
export function plantCluster(account: World, { name, accountId, region }: { name: string; accountId: string; region: string }): void {
  const home: Home = { accountId, region, cluster: '', defaultTags: {}, namespace: 'default' };
  const put = (token: string, id: string, values: Record<string, unknown>) =>
    account.put({ token, id, urn: '', madeBy: 'somebody else', home, inputs: values, outputs: values });
  put('aws:eks/cluster:Cluster', name, {
    name,
    arn: `arn:aws:eks:${region}:${accountId}:cluster/${name}`,
    endpoint: `https://api-of-${name}.gr7.${region}.eks.amazonaws.com`,
    version: '1.36',
    certificateAuthorities: [{ data: 'Q0VSVElGSUNBVEU=' }],
    identities: [{ oidcs: [{ issuer: `https://oidc.eks.${region}.amazonaws.com/id/somebody-else` }] }],
    vpcConfigs: [],
  });
  put('aws:eks/nodeGroup:NodeGroup', `${name}:nodes`, { clusterName: name, nodeGroupName: 'nodes' });
  for (const addonName of ['vpc-cni', 'coredns', 'eks-pod-identity-agent', 'aws-ebs-csi-driver'])
    put('aws:eks/addon:Addon', `${name}:${addonName}`, { clusterName: name, addonName });
}
