import { resourceReference, UNKNOWN, type Values } from '../values.ts';
import type { Component } from './component.ts';
import { arnOfRole } from './role-reference.ts';

/** eks.ManagedNodeGroup: a node group, with a launch template of its own when the arguments need one. */
export const eksManagedNodeGroup: Component = async ({ accountId, name, inputs, register, outputsOf }) => {
  const cluster = outputsOf(inputs.cluster) ?? (inputs.cluster as Values | undefined);
  const subnetIds = inputs.subnetIds;
  if (subnetIds === undefined) throw new Error(`eks:ManagedNodeGroup ${name}: without subnetIds the nodes spread over public subnets too`);
  const reference = referenceOf(cluster);
  const make = (type: string, values: Values) =>
    register({ type, name, inputs: values, package: 'aws', dependsOn: reference?.urn ? [{ urn: reference.urn }] : [] });
  const needsTemplate =
    inputs.enableIMDSv2 === true ||
    inputs.kubeletExtraArgs !== undefined ||
    inputs.nodeadmExtraOptions !== undefined ||
    inputs.bottlerocketSettings !== undefined;
  const template = needsTemplate
    ? await make('aws:ec2/launchTemplate:LaunchTemplate', {
        metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 2 },
        blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { volumeSize: inputs.diskSize ?? 20, encrypted: 'true' } }],
      })
    : undefined;
  const version = template?.output('latestVersion');
  const nodeGroup = await make('aws:eks/nodeGroup:NodeGroup', {
    clusterName: inputs.clusterName ?? (reference?.id || UNKNOWN),
    nodeGroupName: inputs.nodeGroupName,
    nodeRoleArn: inputs.nodeRoleArn ?? arnOfRole(accountId, inputs.nodeRole),
    subnetIds,
    scalingConfig: inputs.scalingConfig ?? { desiredSize: 2, minSize: 1, maxSize: 2 },
    instanceTypes: inputs.instanceTypes,
    capacityType: inputs.capacityType,
    amiType: inputs.amiType ?? amiTypeOf(inputs),
    labels: inputs.labels,
    taints: inputs.taints,
    updateConfig: inputs.updateConfig,
    releaseVersion: inputs.releaseVersion,
    version: inputs.version,
    diskSize: template ? undefined : inputs.diskSize,
    launchTemplate: inputs.launchTemplate ?? (template && { id: template.id, version: version === UNKNOWN ? UNKNOWN : String(version) }),
    tags: inputs.tags,
  });
  return { nodeGroup: resourceReference(nodeGroup.urn, nodeGroup.id), placementGroupName: '' };
};

/** The cluster comes as the component's outputs, or as their `core`; both hold a reference whose id is the cluster's name. */
function referenceOf(cluster: Values | undefined): { urn?: string; id?: string } | undefined {
  const core = (cluster?.core ?? cluster) as Values | undefined;
  return (cluster?.eksCluster ?? core?.cluster) as { urn?: string; id?: string } | undefined;
}

function amiTypeOf({ operatingSystem = 'AL2023', instanceTypes }: Values): string {
  const isArm = (Array.isArray(instanceTypes) ? instanceTypes : []).some((type) => /^[a-z]+\d+g/.test(String(type)));
  if (operatingSystem === 'Bottlerocket') return isArm ? 'BOTTLEROCKET_ARM_64' : 'BOTTLEROCKET_x86_64';
  return isArm ? 'AL2023_ARM_64_STANDARD' : 'AL2023_x86_64_STANDARD';
}
