import * as aws from '@pulumi/aws';
import * as awsx from '@pulumi/awsx';
import * as eks from '@pulumi/eks';
import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';

const zones = ['eu-west-1a', 'eu-west-1b'];

export type Options = {
  /** Where the nodes are. */
  nodeSubnets?: 'privateSubnetIds' | 'isolatedSubnetIds';
  /** What the nodes wait for. */
  beforeNodes?: (provider: aws.Provider, cluster: eks.Cluster) => pulumi.Resource[];
};

/** Network, cluster and nodes, in the right order. */
export function platform({ nodeSubnets = 'privateSubnetIds', beforeNodes = () => [] }: Options = {}) {
  const provider = awsProvider();
  const vpc = network(provider);
  const cluster = new eks.Cluster(
    'main',
    {
      name: 'main',
      vpcId: vpc.vpcId,
      publicSubnetIds: vpc.publicSubnetIds,
      privateSubnetIds: vpc.privateSubnetIds,
      authenticationMode: 'API',
      skipDefaultNodeGroup: true,
      createInstanceRole: false,
      skipDefaultSecurityGroups: true,
      corednsAddonOptions: { enabled: false },
    },
    { providers: { aws: provider } },
  );
  const nodes = nodeGroup(provider, cluster, vpc[nodeSubnets], beforeNodes(provider, cluster));
  const kubernetes = new k8s.Provider(
    'main',
    { kubeconfig: cluster.kubeconfigJson, clusterIdentifier: cluster.eksCluster.arn },
    { dependsOn: [nodes] },
  );
  return { provider, cluster, nodes, kubernetes };
}

export function awsProvider(): aws.Provider {
  return new aws.Provider('main', {
    region: 'eu-west-1',
    allowedAccountIds: ['111122223333'],
    defaultTags: { tags: { project: 'platform' } },
  });
}

function network(provider: aws.Provider): awsx.ec2.Vpc {
  return new awsx.ec2.Vpc(
    'main',
    {
      cidrBlock: '10.0.0.0/16',
      availabilityZoneNames: zones,
      enableDnsHostnames: true,
      subnetStrategy: 'Exact',
      natGateways: { strategy: 'Single' },
      subnetSpecs: [
        { type: 'Public', cidrBlocks: ['10.0.0.0/24', '10.0.1.0/24'] },
        { type: 'Private', cidrBlocks: ['10.0.16.0/20', '10.0.32.0/20'] },
        { type: 'Isolated', cidrBlocks: ['10.0.2.0/24', '10.0.3.0/24'] },
      ],
    },
    { providers: { aws: provider } },
  );
}

function nodeGroup(
  provider: aws.Provider,
  cluster: eks.Cluster,
  subnetIds: pulumi.Output<string[]>,
  dependsOn: pulumi.Resource[],
): eks.ManagedNodeGroup {
  const role = new aws.iam.Role('nodes', { assumeRolePolicy: trust('ec2.amazonaws.com') }, { provider });
  const attachments = ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly', 'AmazonEKS_CNI_Policy'].map(
    (policy) => new aws.iam.RolePolicyAttachment(policy, { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` }, { provider }),
  );
  return new eks.ManagedNodeGroup(
    'main',
    { cluster, nodeRole: role, subnetIds, instanceTypes: ['m7g.large'], enableIMDSv2: true },
    { providers: { aws: provider }, dependsOn: [...attachments, ...dependsOn] },
  );
}

export function loadBalancerController(provider: k8s.Provider, dependsOn: pulumi.Resource[]): k8s.helm.v3.Release {
  return new k8s.helm.v3.Release(
    'controller',
    { chart: 'aws-load-balancer-controller', version: '1.14.0', namespace: 'kube-system' },
    { provider, dependsOn },
  );
}

export function ingress(
  provider: k8s.Provider,
  dependsOn: pulumi.Resource[],
  annotations: Record<string, string> = {},
): k8s.networking.v1.Ingress {
  const backend = { service: { name: 'web', port: { number: 80 } } };
  return new k8s.networking.v1.Ingress(
    'web',
    { metadata: { name: 'web', namespace: 'default', annotations }, spec: { ingressClassName: 'alb', defaultBackend: backend } },
    { provider, dependsOn },
  );
}

export function trust(service: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });
}
