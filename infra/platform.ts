import * as aws from '@pulumi/aws';
import * as dockerBuild from '@pulumi/docker-build';
import * as k8s from '@pulumi/kubernetes';
import { type ProviderResource, secret } from '@pulumi/pulumi';
import type { ClusterOutputs } from './cluster/cluster.ts';
import { findCluster } from './cluster/existing-cluster.ts';
import { OwnCluster } from './cluster/own-cluster.ts';
import { WorkloadRole } from './identity/workload-role.ts';
import { LakeBucket } from './lake/bucket.ts';
import type { LakeOutputs } from './lake/lake-outputs.ts';
import { buildMetering, type MeteringParts } from './metering.ts';
import { type StackName, type StackNames, stackNames, stackTags } from './names.ts';
import { Network, type NetworkOutputs } from './network/network.ts';
import { ServiceImages } from './registry/service-images.ts';
import { boundRoles } from './role-boundary.ts';
import type { StackSettings } from './settings/stack.ts';

/** Services whose images run in the cluster. */
const SERVICES = ['collector', 'shipper', 'upload-api', 'console'] as const;

/** Builds all parts of the platform, each from what the ones before it gave; the one place that knows them all. */
export function buildPlatform(settings: StackSettings, stack: StackName) {
  const names = stackNames(stack);
  if (settings.aws.permissionsBoundaryArn !== undefined) boundRoles(settings.aws.permissionsBoundaryArn);
  const provider = awsProvider(settings, stack);
  const network = networkOf(settings, names, provider);
  const cluster = clusterOf(settings, names, network, provider);
  const kubernetes = kubernetesProvider(cluster);
  const images = imagesOf(settings, provider);
  const lake = lakeOf(settings, provider);
  const metering = buildMetering({ settings, names, cluster, nodeCidrs: nodeCidrs(settings), images, lake, aws: provider, kubernetes });
  const egressAddresses = network instanceof Network ? network.egressAddresses : undefined;
  return { network, egressAddresses, cluster, lake, metering, kubeconfig: secret(cluster.kubeconfig) };
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

function networkOf(settings: StackSettings, { cluster }: StackNames, provider: aws.Provider): NetworkOutputs | undefined {
  const { network, aws: home, isProtected, retainsData } = settings;
  if (network?.mode !== 'own') return network;
  return new Network(
    'network',
    { settings: network, ...home, clusterName: cluster, isProtected, retainsAddresses: retainsData },
    { providers: [provider] },
  );
}

function clusterOf(
  settings: StackSettings,
  names: StackNames,
  network: NetworkOutputs | undefined,
  provider: aws.Provider,
): ClusterOutputs {
  const { cluster, identity, isProtected, aws: home } = settings;
  if (cluster.mode === 'existing') return findCluster({ ...cluster, ...home }, { provider });
  if (!network) throw new Error('a cluster of the stack’s own needs a network');
  const makeRole = (...args: ConstructorParameters<typeof WorkloadRole>) => new WorkloadRole(...args);
  const args = { ...home, names, settings: cluster, network, identity, isProtected, makeRole };
  return new OwnCluster('cluster', args, { providers: [provider] });
}

/** With an identifier that is known a kubeconfig that is not yet known replaces nothing. */
function kubernetesProvider({ name, kubeconfig, ready }: ClusterOutputs): k8s.Provider {
  return new k8s.Provider('kubernetes', { kubeconfig, clusterIdentifier: name, enableServerSideApply: true }, { dependsOn: ready });
}

function imagesOf({ images, metering: { hasConsole } }: StackSettings, provider: aws.Provider): MeteringParts['images'] {
  if (images.mode === 'prebuilt') {
    const { collector, shipper, uploadApi, console } = images;
    return { collector, shipper, uploadApi, ...(hasConsole && console !== undefined && { console }) };
  }
  const providers: ProviderResource[] = [provider, new dockerBuild.Provider('docker-build')];
  const services = SERVICES.filter((service) => hasConsole || service !== 'console');
  const { refs } = new ServiceImages('images', { settings: images, services }, { providers });
  return { collector: refs.collector, shipper: refs.shipper, uploadApi: refs['upload-api'], ...(hasConsole && { console: refs.console }) };
}

function lakeOf({ lake, aws: home, isProtected, retainsData: isRetained }: StackSettings, provider: aws.Provider): LakeOutputs {
  if (lake.mode === 'own') return new LakeBucket('lake', { settings: lake, ...home, isProtected, isRetained }, { providers: [provider] });
  return { ...lake, bucketArn: `arn:aws:s3:::${lake.bucket}` };
}

/** Where the kubelets are. */
function nodeCidrs({ network, cluster }: StackSettings): string[] {
  return cluster.mode === 'existing' ? cluster.nodeCidrs : network ? [network.cidr] : [];
}
