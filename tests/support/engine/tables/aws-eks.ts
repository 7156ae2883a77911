import type { Asked, Home, Made, ModelTable, Thing, World } from '../model.ts';
import { isValues, textAt, valuesAt } from '../values.ts';

const ofCluster = { input: 'clusterName', to: 'aws:eks/cluster:Cluster', missing: 'ResourceNotFoundException' };
const heldCluster = { ...ofCluster, holds: 'ResourceInUseException: Cluster has nodegroups attached' };

/** Add-ons that run as pods: without a node they stay DEGRADED until the provider gives up. */
const needsNodes = ['coredns', 'aws-ebs-csi-driver', 'aws-efs-csi-driver', 'metrics-server', 'snapshot-controller'];

/** EKS: the cluster, its nodes and what needs them. */
export const awsEks: ModelTable = {
  'aws:eks/cluster:Cluster': {
    requires: ['roleArn', 'vpcConfig'],
    name: {
      input: 'name',
      max: 100,
      pattern: /^[0-9A-Za-z][\w-]*$/,
      uniqueIn: 'region',
      isGenerated: true,
      clash: 'ResourceInUseException',
    },
    replacedBy: ['name', 'roleArn', 'vpcConfig.subnetIds', 'encryptionConfig', 'kubernetesNetworkConfig', 'bootstrapSelfManagedAddons'],
    refersTo: [
      {
        input: 'roleArn',
        to: 'aws:iam/role:Role',
        by: 'arn',
        missing: 'InvalidParameterException',
        holds: 'DeleteConflict: role in use by a cluster',
      },
      { input: 'vpcConfig.subnetIds[]', to: 'aws:ec2/subnet:Subnet', missing: 'InvalidParameterException', holds: 'DependencyViolation' },
      { input: 'encryptionConfig.provider.keyArn', to: 'aws:kms/key:Key', by: 'arn', missing: 'InvalidParameterException' },
    ],
    faults: ({ inputs }) =>
      Number(textAt(inputs, 'version').split('.')[1] ?? 99) < 34 ? [`version ${textAt(inputs, 'version')} has left standard support`] : [],
    refuses: tooFewZones,
    id: ({ inputs }) => textAt(inputs, 'name'),
    answers: clusterAnswers,
    madeWith: createLogGroup,
    refusesDelete: ({ inputs, id }) =>
      inputs.deletionProtection === true ? `InvalidRequestException: cluster ${id} has deletion protection enabled` : undefined,
    deletedWith: ({ account, id }) => dropCluster(account, id),
  },
  'aws:eks/nodeGroup:NodeGroup': {
    requires: ['clusterName', 'nodeRoleArn', 'subnetIds', 'scalingConfig'],
    name: {
      input: 'nodeGroupName',
      max: 63,
      pattern: /^[0-9A-Za-z][\w-]*$/,
      uniqueIn: 'parent',
      parent: 'clusterName',
      isGenerated: true,
      clash: 'ResourceInUseException',
    },
    replacedBy: [
      'nodeGroupName',
      'clusterName',
      'nodeRoleArn',
      'subnetIds',
      'instanceTypes',
      'capacityType',
      'amiType',
      'diskSize',
      'launchTemplate.id',
    ],
    refersTo: [
      heldCluster,
      {
        input: 'nodeRoleArn',
        to: 'aws:iam/role:Role',
        by: 'arn',
        missing: 'InvalidParameterException',
        holds: 'DeleteConflict: role in use by nodes',
      },
      { input: 'subnetIds[]', to: 'aws:ec2/subnet:Subnet', missing: 'InvalidParameterException', holds: 'DependencyViolation' },
      { input: 'launchTemplate.id', to: 'aws:ec2/launchTemplate:LaunchTemplate', missing: 'InvalidParameterException' },
    ],
    refuses: nodesCannotJoin,
    id: ({ inputs }) => `${textAt(inputs, 'clusterName')}:${textAt(inputs, 'nodeGroupName')}`,
    answers: ({ id, arn, newId }) => ({
      arn: arn('eks', `nodegroup/${id.replace(':', '/')}`),
      status: 'ACTIVE',
      resources: [{ autoscalingGroups: [{ name: newId('eks') }] }],
    }),
  },
  'aws:eks/addon:Addon': {
    requires: ['clusterName', 'addonName'],
    replacedBy: ['clusterName', 'addonName'],
    refersTo: [ofCluster, { input: 'serviceAccountRoleArn', to: 'aws:iam/role:Role', by: 'arn', missing: 'InvalidParameterException' }],
    refuses: degradedAddon,
    id: ({ inputs }) => `${textAt(inputs, 'clusterName')}:${textAt(inputs, 'addonName')}`,
    answers: ({ id, arn }) => ({ arn: arn('eks', `addon/${id.replace(':', '/')}`), createdAt: '2026-01-01T00:00:00Z' }),
  },
  'aws:eks/accessEntry:AccessEntry': {
    requires: ['clusterName', 'principalArn'],
    replacedBy: ['clusterName', 'principalArn', 'type'],
    refersTo: [ofCluster],
    name: {
      input: 'principalArn',
      max: 2048,
      pattern: /^arn:aws:(iam|sts)::\d{12}:/,
      uniqueIn: 'parent',
      parent: 'clusterName',
      isGenerated: false,
      clash: 'ResourceInUseException: The specified access entry resource is already in use on this cluster',
    },
    id: ({ inputs }) => `${textAt(inputs, 'clusterName')}:${textAt(inputs, 'principalArn')}`,
    answers: ({ id, arn }) => ({ accessEntryArn: arn('eks', `access-entry/${id}`) }),
  },
  'aws:eks/accessPolicyAssociation:AccessPolicyAssociation': {
    requires: ['clusterName', 'principalArn', 'policyArn', 'accessScope'],
    replacedBy: ['clusterName', 'principalArn', 'policyArn'],
    refersTo: [ofCluster],
    refuses: ({ account, inputs }) =>
      account.all('aws:eks/accessEntry:AccessEntry').some((entry) => entry.inputs.principalArn === inputs.principalArn)
        ? undefined
        : `ResourceNotFoundException: no access entry of ${textAt(inputs, 'principalArn')}`,
    id: ({ inputs }) => ['clusterName', 'principalArn', 'policyArn'].map((input) => textAt(inputs, input)).join('#'),
  },
  'aws:eks/podIdentityAssociation:PodIdentityAssociation': {
    requires: ['clusterName', 'namespace', 'serviceAccount', 'roleArn'],
    replacedBy: ['clusterName', 'namespace', 'serviceAccount'],
    refersTo: [ofCluster, { input: 'roleArn', to: 'aws:iam/role:Role', by: 'arn', missing: 'ResourceNotFoundException' }],
    refuses: (asked) => secondAssociation(asked) ?? distrustsPods(asked),
    id: ({ newId }) => newId('a'),
    answers: ({ id, arn, inputs }) => ({
      associationId: id,
      associationArn: arn('eks', `podidentityassociation/${textAt(inputs, 'clusterName')}/${id}`),
    }),
  },
};

function tooFewZones({ account, inputs }: Asked): string | undefined {
  const zones = valuesAt(inputs, 'vpcConfig.subnetIds[]').map((id) => {
    const subnet = account.all('aws:ec2/subnet:Subnet').find((candidate) => candidate.id === id);
    return subnet?.inputs.availabilityZone;
  });
  return new Set(zones).size < 2 ? 'InvalidParameterException: Subnets specified must be in at least two different AZs' : undefined;
}

function clusterAnswers({ id, arn, inputs, newId, home, account }: Made) {
  const [subnetId] = valuesAt(inputs, 'vpcConfig.subnetIds[]');
  const vpcId = account.all('aws:ec2/subnet:Subnet').find((subnet) => subnet.id === subnetId)?.inputs.vpcId;
  return {
    arn: arn('eks', `cluster/${id}`),
    endpoint: `https://${newId('api')}.gr7.${home.region}.eks.amazonaws.com`,
    certificateAuthority: { data: 'Q0VSVElGSUNBVEU=' },
    certificateAuthorities: [{ data: 'Q0VSVElGSUNBVEU=' }],
    identities: [{ oidcs: [{ issuer: `https://oidc.eks.${home.region}.amazonaws.com/id/${newId('id')}` }] }],
    vpcConfig: { ...(isValues(inputs.vpcConfig) ? inputs.vpcConfig : {}), clusterSecurityGroupId: newId('sg'), vpcId },
    kubernetesNetworkConfig: { ipFamily: 'ipv4', serviceIpv4Cidr: '172.20.0.0/16' },
    platformVersion: 'eks.1',
    status: 'ACTIVE',
  };
}

/** EKS makes the log group itself when nobody made it before, and leaves it behind. */
function createLogGroup({ account, inputs, id, home }: Made): void {
  const name = `/aws/eks/${id}/cluster`;
  if (valuesAt(inputs, 'enabledClusterLogTypes[]').length === 0 || account.find('aws:cloudwatch/logGroup:LogGroup', name, home)) return;
  account.put({
    token: 'aws:cloudwatch/logGroup:LogGroup',
    id: name,
    urn: '',
    madeBy: `cluster ${id}`,
    home,
    inputs: { name },
    outputs: { name },
  });
}

/** What lives in a cluster goes with it; what its controllers made in AWS stays. */
function dropCluster(account: World, cluster: string): void {
  for (const thing of account.things.filter((candidate) => candidate.home.cluster === cluster)) account.remove(thing);
}

function nodesCannotJoin(asked: Asked): string | undefined {
  const { account, inputs, home } = asked;
  const cluster = account.find('aws:eks/cluster:Cluster', textAt(inputs, 'clusterName'), home);
  const failure = (why: string) => `NodeCreationFailure: Instances failed to join the kubernetes cluster: ${why}`;
  for (const id of valuesAt(inputs, 'subnetIds[]')) {
    const subnet = account.all('aws:ec2/subnet:Subnet').find((candidate) => candidate.id === id);
    if (subnet && !reachesAws(account, subnet))
      return failure(`subnet ${subnet.id} has no way out: no NAT gateway and no public addresses`);
  }
  const policies = account
    .all('aws:iam/rolePolicyAttachment:RolePolicyAttachment')
    .filter(({ inputs: attachment }) => textAt(inputs, 'nodeRoleArn').endsWith(`:role/${textAt(attachment, 'role')}`))
    .map(({ inputs: attachment }) => textAt(attachment, 'policyArn'));
  if (!policies.some((arn) => arn.endsWith('/AmazonEKSWorkerNodePolicy'))) return failure('the role has no AmazonEKSWorkerNodePolicy');
  if (!policies.some((arn) => arn.includes('AmazonEC2ContainerRegistry'))) return failure('the role cannot pull from ECR');
  if (cluster?.inputs.bootstrapSelfManagedAddons === false && !addonOf(account, home, cluster.id, 'vpc-cni'))
    return failure('container runtime network not ready: the cluster has no vpc-cni');
  return undefined;
}

/** Nodes must reach EKS, ECR and STS: through a NAT gateway, or by public addresses of their own. */
function reachesAws(account: World, subnet: Thing): boolean {
  const association = account
    .all('aws:ec2/routeTableAssociation:RouteTableAssociation')
    .find((candidate) => candidate.inputs.subnetId === subnet.id);
  const routes = account.all('aws:ec2/route:Route').filter((route) => route.inputs.routeTableId === association?.inputs.routeTableId);
  return routes.some(
    ({ inputs }) =>
      typeof inputs.natGatewayId === 'string' || (typeof inputs.gatewayId === 'string' && subnet.inputs.mapPublicIpOnLaunch === true),
  );
}

function degradedAddon({ account, inputs, home }: Asked): string | undefined {
  const [cluster, addon] = [textAt(inputs, 'clusterName'), textAt(inputs, 'addonName')];
  if (addonOf(account, home, cluster, addon)) return `ResourceInUseException: Addon ${addon} already exists`;
  if (needsNodes.includes(addon) && !hasNodes(account, cluster))
    return `addon ${addon} is DEGRADED: InsufficientNumberOfReplicas: no node of ${cluster} takes its pods`;
  if (addon !== 'aws-ebs-csi-driver' || inputs.serviceAccountRoleArn) return undefined;
  if (valuesAt(inputs, 'podIdentityAssociations[]').length === 0 && !driverAssociation(account, cluster))
    return `addon ${addon} is DEGRADED: its controller has no role`;
  return addonOf(account, home, cluster, 'eks-pod-identity-agent')
    ? undefined
    : `addon ${addon} is DEGRADED: pod identity needs the add-on eks-pod-identity-agent`;
}

function driverAssociation(account: World, cluster: string): Thing | undefined {
  return account
    .all('aws:eks/podIdentityAssociation:PodIdentityAssociation')
    .find(({ inputs }) => inputs.clusterName === cluster && inputs.serviceAccount === 'ebs-csi-controller-sa');
}

export function hasNodes(account: World, cluster: string): boolean {
  return account.all('aws:eks/nodeGroup:NodeGroup').some((group) => group.inputs.clusterName === cluster);
}

function addonOf(account: World, home: Home, cluster: string, addon: string): Thing | undefined {
  return account.find('aws:eks/addon:Addon', `${cluster}:${addon}`, home);
}

function secondAssociation({ account, inputs, token }: Asked): string | undefined {
  const same = (other: Thing) => ['clusterName', 'namespace', 'serviceAccount'].every((input) => other.inputs[input] === inputs[input]);
  const other = account.all(token).find(same);
  return (
    other && `ResourceInUseException: ${textAt(inputs, 'namespace')}/${textAt(inputs, 'serviceAccount')} has the association ${other.id}`
  );
}

function distrustsPods({ account, inputs }: Asked): string | undefined {
  const role = account.all('aws:iam/role:Role').find((candidate) => candidate.outputs.arn === inputs.roleArn);
  const trust = role ? textAt(role.inputs, 'assumeRolePolicy') : '';
  return trust.includes('pods.eks.amazonaws.com') && trust.includes('sts:TagSession')
    ? undefined
    : `InvalidParameterException: Trust policy of role ${role?.id} does not let pods.eks.amazonaws.com do sts:AssumeRole and sts:TagSession`;
}
