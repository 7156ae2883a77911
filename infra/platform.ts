import * as aws from '@pulumi/aws';
import * as dockerBuild from '@pulumi/docker-build';
import * as k8s from '@pulumi/kubernetes';
import { type ProviderResource, secret } from '@pulumi/pulumi';
import type { ClusterOutputs } from './cluster/cluster.ts';
import { findCluster } from './cluster/existing-cluster.ts';
import { OwnCluster } from './cluster/own-cluster.ts';
import { consolePolicy, grantsAhead, uploadApiPolicy } from './identity/policies.ts';
import { WorkloadRole } from './identity/workload-role.ts';
import { LakeBucket, type LakeBucketArgs } from './lake/bucket.ts';
import type { LakeOutputs } from './lake/lake-outputs.ts';
import { buildMetering, type MeteringParts } from './metering.ts';
import { type StackName, type StackNames, stackNames, stackTags } from './names.ts';
import { Network, type NetworkOutputs } from './network/network.ts';
import { ServiceImages } from './registry/service-images.ts';
import { boundRoles } from './role-boundary.ts';
import type { OwnLakeSettings } from './settings/lake.ts';
import type { StackSettings } from './settings/stack.ts';

/** Services whose images run in the cluster. */
const SERVICES = ['collector', 'shipper', 'upload-api', 'console'] as const;

/** Builds all parts of the platform, each from what the ones before it gave; the one place that knows them all. */
export function buildPlatform(settings: StackSettings, stack: StackName) {
  const names = stackNames(stack);
  if (settings.aws.permissionsBoundaryArn !== undefined) boundRoles(settings.aws.permissionsBoundaryArn);
  const provider = awsProvider(settings, stack, 'aws', settings.aws.region);
  const network = networkOf(settings, names, provider);
  const cluster = clusterOf(settings, names, network, provider);
  const kubernetes = kubernetesProvider(cluster);
  const images = imagesOf(settings, provider);
  const lake = lakeOf(settings, names, stack, provider);
  const metering = buildMetering({ settings, names, cluster, nodeCidrs: nodeCidrs(settings), images, lake, aws: provider, kubernetes });
  const egressAddresses = network instanceof Network ? network.egressAddresses : undefined;
  const { bucket, region, kmsKeyArn } = lake;
  const { accountId } = settings.lake.mode === 'existing' ? settings.lake : settings.aws;
  const lakeSettings = { mode: 'existing', bucket, accountId, region, ...(kmsKeyArn !== undefined && { kmsKeyArn }) };
  return { network, egressAddresses, cluster, lake, lakeSettings, metering, kubeconfig: secret(cluster.kubeconfig) };
}

/** The only way to AWS: credentials of another account are refused before anything is done. */
function awsProvider({ aws: { accountId, roleArn }, tags }: StackSettings, stack: StackName, name: string, region: string): aws.Provider {
  return new aws.Provider(name, {
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

function lakeOf(settings: StackSettings, { lakeTrail }: StackNames, stack: StackName, provider: aws.Provider): LakeOutputs {
  const { lake, aws: home, isProtected, retainsData: isRetained } = settings;
  if (lake.mode === 'existing') return { ...lake, bucketArn: `arn:aws:s3:::${lake.bucket}` };
  const replicaProvider = lake.replica && awsProvider(settings, stack, `aws-${lake.replica.region}`, lake.replica.region);
  const grants = grantsOf(lake.clusters);
  const args = {
    settings: lake,
    ...home,
    trailName: lakeTrail,
    grants,
    isProtected,
    isRetained,
    ...(replicaProvider && { replicaProvider }),
  };
  return new LakeBucket('lake', args, { providers: [provider] });
}

/** What roles of other clusters may do with bucket and key: what they would be allowed in their own stack. */
function grantsOf(clusters: OwnLakeSettings['clusters']): LakeBucketArgs['grants'] {
  const of = (bucketArn: string) =>
    Object.entries(clusters).flatMap(([name, { uploadApiRoleArn, consoleRoleArn }]) => [
      ...(uploadApiRoleArn === undefined ? [] : [grantsAhead(uploadApiPolicy({ bucketArn, kmsKeyArn: '*' }), uploadApiRoleArn, name)]),
      ...(consoleRoleArn === undefined ? [] : [grantsAhead(consolePolicy({ bucketArn, kmsKeyArn: '*' }), consoleRoleArn, name)]),
    ]);
  return { bucket: (bucketArn) => of(bucketArn).flatMap(({ bucket }) => bucket), key: of('').flatMap(({ key }) => key) };
}

/** Where the kubelets are. */
function nodeCidrs({ network, cluster }: StackSettings): string[] {
  return cluster.mode === 'existing' ? cluster.nodeCidrs : network ? [network.cidr] : [];
}
