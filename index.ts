import { getProject, getStack } from '@pulumi/pulumi';
import { expectedLeftovers as leftoversOf } from './infra/expected-leftovers.ts';
import { buildPlatform } from './infra/platform.ts';
import { readStackSettings } from './infra/settings.ts';

const settings = readStackSettings();
const platform = buildPlatform(settings, { project: getProject(), stack: getStack() });

/** For `kubectl`; it holds no token. */
export const kubeconfig = platform.kubeconfig;
export const clusterName = platform.cluster.name;
export const vpcId = platform.network?.vpcId;
/** What leaves the VPC comes from these. */
export const egressAddresses = platform.egressAddresses;
export const lakeBucket = platform.lake.bucket;
/** What stands under `tallyship:lake` of a stack whose cluster uses this lake; its `lakeRoles` then go under `lake.clusters` here. */
export const lakeSettings = platform.lakeSettings;
/** Roles of this cluster that use the lake: its owner lists them. */
export const lakeRoles = platform.metering.lakeRoles;
export const lakeReplicaBucket = platform.lake.replicaBucket;
/** To be added to the policy of a bucket in another account. */
export const lakeBucketGrant = platform.metering.bucketGrant;
/** Name of the upload API’s internal load balancer, for other clusters. */
export const uploadHost = platform.metering.uploadHost;
/** For a Prometheus that is there already. */
export const remoteWrite = platform.metering.remoteWrite;
/** What a destroy leaves, and why. */
export const expectedLeftovers = leftoversOf(settings, platform.metering.retainedClaims);
