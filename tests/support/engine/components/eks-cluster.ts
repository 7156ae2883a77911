import { resourceReference, UNKNOWN, type Values } from '../values.ts';
import type { Component, Registered } from './component.ts';
import { arnOfRole } from './role-reference.ts';

/** eks.Cluster without default node groups: the cluster, its role, its two networking add-ons, access entries. */
export const eksCluster: Component = async ({ accountId, name, inputs, register }) => {
  if (inputs.createOidcProvider === true)
    throw new Error(`eks:Cluster ${name}: createOidcProvider fetches a thumbprint from the internet in every preview`);
  if (inputs.skipDefaultNodeGroup !== true)
    throw new Error(`eks:Cluster ${name}: the default node group uses launch configurations, which new accounts cannot have`);
  const subnetIds = [inputs.publicSubnetIds, inputs.privateSubnetIds, inputs.subnetIds].flatMap((ids) => ids ?? []);
  const make = (type: string, child: string, values: Values, dependsOn: Registered[] = []) =>
    register({ type, name: child, inputs: values, package: 'aws', dependsOn });

  const role = inputs.serviceRole
    ? undefined
    : await make('aws:iam/role:Role', `${name}-eksRole-role`, { assumeRolePolicy: trustOf('eks.amazonaws.com') });
  const attachment = role && (await attachClusterPolicy(name, role, make));
  const cluster = await make(
    'aws:eks/cluster:Cluster',
    `${name}-eksCluster`,
    {
      name: inputs.name,
      version: inputs.version,
      roleArn: role ? role.output('arn') : arnOfRole(accountId, inputs.serviceRole),
      vpcConfig: {
        subnetIds,
        endpointPrivateAccess: inputs.endpointPrivateAccess,
        endpointPublicAccess: inputs.endpointPublicAccess,
        publicAccessCidrs: inputs.publicAccessCidrs,
      },
      accessConfig: { authenticationMode: inputs.authenticationMode, bootstrapClusterCreatorAdminPermissions: true },
      enabledClusterLogTypes: inputs.enabledClusterLogTypes,
      encryptionConfig: inputs.encryptionConfigKeyArn && { provider: { keyArn: inputs.encryptionConfigKeyArn }, resources: ['secrets'] },
      upgradePolicy: inputs.upgradePolicy,
      deletionProtection: inputs.deletionProtection,
      bootstrapSelfManagedAddons: inputs.bootstrapSelfManagedAddons,
      tags: inputs.clusterTags ?? inputs.tags,
    },
    attachment ? [attachment] : [],
  );
  const addon = (addonName: string, options: unknown) => {
    const { version, enabled, ...rest } = (options ?? {}) as { version?: string; enabled?: boolean } & Values;
    const { resolveConflictsOnCreate = 'OVERWRITE', resolveConflictsOnUpdate = 'OVERWRITE' } = rest;
    const conflicts = { resolveConflictsOnCreate, resolveConflictsOnUpdate, preserve: true };
    const values = { clusterName: cluster.id, addonName, addonVersion: version, ...conflicts };
    return make('aws:eks/addon:Addon', `${name}-${addonName}`, values, [cluster]);
  };
  if (inputs.useDefaultVpcCni !== true) await addon('vpc-cni', inputs.vpcCniOptions);
  if ((inputs.kubeProxyAddonOptions as { enabled?: boolean } | undefined)?.enabled !== false)
    await addon('kube-proxy', inputs.kubeProxyAddonOptions);
  if ((inputs.corednsAddonOptions as { enabled?: boolean } | undefined)?.enabled !== false)
    await addon('coredns', inputs.corednsAddonOptions);
  await accessEntries(inputs, cluster, make);
  return clusterOutputs(cluster, role);
};

function attachClusterPolicy(name: string, role: Registered, make: Make): Promise<Registered> {
  const values = { role: role.id, policyArn: 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy' };
  return make('aws:iam/rolePolicyAttachment:RolePolicyAttachment', `${name}-eksRole-4b490823`, values, [role]);
}

type Make = (type: string, name: string, values: Values, dependsOn: Registered[]) => Promise<Registered>;

async function accessEntries(inputs: Values, cluster: Registered, make: Make): Promise<void> {
  for (const [key, value] of Object.entries((inputs.accessEntries ?? {}) as Record<string, Values>)) {
    const { principalArn, type, kubernetesGroups, accessPolicies = {} } = value;
    const entryValues = { clusterName: cluster.id, principalArn, type, kubernetesGroups };
    const entry = await make('aws:eks/accessEntry:AccessEntry', key, entryValues, [cluster]);
    for (const [policy, { policyArn, accessScope }] of Object.entries(accessPolicies as Record<string, Values>)) {
      const values = { clusterName: cluster.id, principalArn, policyArn, accessScope };
      await make('aws:eks/accessPolicyAssociation:AccessPolicyAssociation', `${key}-${policy}`, values, [entry]);
    }
  }
}

function clusterOutputs(cluster: Registered, role: Registered | undefined): Values {
  const issuer = firstText(cluster.output('identities'));
  const kubeconfig = kubeconfigOf(cluster);
  const securityGroup = (cluster.output('vpcConfig') as { clusterSecurityGroupId?: string } | string | undefined) ?? UNKNOWN;
  return {
    kubeconfig,
    kubeconfigJson: kubeconfig === UNKNOWN ? UNKNOWN : JSON.stringify(kubeconfig),
    eksCluster: resourceReference(cluster.urn, cluster.id),
    core: {
      cluster: resourceReference(cluster.urn, cluster.id),
      endpoint: cluster.output('endpoint'),
      clusterIamRole: role && resourceReference(role.urn, role.id),
    },
    oidcProviderUrl: issuer,
    oidcIssuer: issuer === UNKNOWN ? UNKNOWN : issuer.replace('https://', ''),
    oidcProviderArn: '',
    clusterSecurityGroupId: typeof securityGroup === 'string' ? UNKNOWN : (securityGroup.clusterSecurityGroupId ?? UNKNOWN),
    nodeSecurityGroupId: '',
    clusterIngressRuleId: '',
    autoModeNodeRoleName: '',
    instanceRoles: [],
  };
}

function kubeconfigOf(cluster: Registered): Values | typeof UNKNOWN {
  const endpoint = cluster.output('endpoint');
  if (endpoint === UNKNOWN || cluster.id === UNKNOWN) return UNKNOWN;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'kubernetes', cluster: { server: endpoint, 'certificate-authority-data': 'Q0VSVElGSUNBVEU=' } }],
    contexts: [{ name: 'aws', context: { cluster: 'kubernetes', user: 'aws' } }],
    'current-context': 'aws',
    users: [
      {
        name: 'aws',
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            command: 'aws',
            args: ['eks', 'get-token', '--cluster-name', cluster.id],
          },
        },
      },
    ],
  };
}

function firstText(identities: unknown): string {
  const [identity] = Array.isArray(identities) ? (identities as { oidcs: { issuer: string }[] }[]) : [];
  return identity?.oidcs[0]?.issuer ?? UNKNOWN;
}

function trustOf(service: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });
}
