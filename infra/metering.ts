import type * as aws from '@pulumi/aws';
import type * as k8s from '@pulumi/kubernetes';
import { all, type Input, type Output, type Resource } from '@pulumi/pulumi';
import type { ClusterOutputs } from './cluster/cluster.ts';
import { bucketGrant, chainPolicy, secretReaderPolicy, uploadApiPolicy } from './identity/policies.ts';
import { type RoleCluster, WorkloadRole } from './identity/workload-role.ts';
import type { LakeOutputs } from './lake/lake-outputs.ts';
import type { StackNames } from './names.ts';
import { ObjectSet } from './object-set.ts';
import { policyJson } from './policy-document.ts';
import { fileOf, meteringSecrets } from './secrets/metering-secrets.ts';
import { SecretsOperator } from './secrets/operator.ts';
import { StoreSecrets } from './secrets/store-secrets.ts';
import { SyncedSecrets } from './secrets/synced-secrets.ts';
import type { StackSettings } from './settings/stack.ts';
import { Metering } from './workloads/metering.ts';
import { namespaceObjects } from './workloads/namespaces.ts';
import type { KubernetesObject } from './workloads/objects.ts';
import { PLACES } from './workloads/places.ts';

export type MeteringParts = {
  settings: StackSettings;
  names: StackNames;
  cluster: ClusterOutputs;
  /** Where kubelets and the API server are. */
  nodeCidrs: string[];
  images: { collector: Input<string>; shipper: Input<string>; uploadApi: Input<string> };
  lake: LakeOutputs;
  aws: aws.Provider;
  kubernetes: k8s.Provider;
};

const { namespace } = PLACES.uploadApi;
const UPLOAD_API_ACCOUNT = { namespace, serviceAccount: PLACES.uploadApi.name };
const SECRET_READER = { namespace, serviceAccount: 'secret-reader' };

/** What meters a cluster: its namespaces, secrets and roles, then all that runs. */
export function buildMetering(parts: MeteringParts) {
  const { settings, kubernetes } = parts;
  const namespaces = registerNamespaces(kubernetes);
  const synced = syncSecrets(parts, namespaces);
  const uploadApi = uploadApiRole(parts);
  const metering = new Metering('metering', meteringArgs(parts, uploadApi), {
    providers: [kubernetes],
    dependsOn: [...namespaces, synced, ...uploadApi.grants],
  });
  return { remoteWrite: metering.remoteWrite, retainedClaims: metering.retainedClaims, bucketGrant: grantOf(settings, uploadApi.arn) };
}

/** Namespaces, and then what stands in them before any workload does. */
function registerNamespaces(kubernetes: k8s.Provider): Resource[] {
  const objects = namespaceObjects();
  const isNamespace = ({ kind }: KubernetesObject) => kind === 'Namespace';
  const namespaces = new ObjectSet('namespaces', objects.filter(isNamespace), { providers: [kubernetes] });
  const contents = objects.filter((object) => !isNamespace(object));
  return [namespaces, new ObjectSet('namespace-defaults', contents, { providers: [kubernetes], dependsOn: [namespaces] })];
}

function syncSecrets({ settings, names, cluster, aws: awsProvider, kubernetes }: MeteringParts, namespaces: Resource[]): SyncedSecrets {
  const secrets = meteringSecrets(settings.metering);
  const { recoveryWindowDays, operator } = settings.secrets;
  const store = new StoreSecrets('secrets', { names, secrets, recoveryWindowDays }, { providers: [awsProvider] });
  const policy = all(store.arns).apply((arns) => JSON.stringify(secretReaderPolicy(arns)));
  // External Secrets takes a service account's role by its token, whatever the other pods use.
  const args = { mode: 'irsa', cluster: roleCluster(cluster, settings), account: SECRET_READER, policy } as const;
  const role = new WorkloadRole(SECRET_READER.serviceAccount, args, { providers: [awsProvider] });
  const controller = operator === 'install' ? [new SecretsOperator('external-secrets', { providers: [kubernetes] })] : [];
  return new SyncedSecrets(
    SECRET_READER.serviceAccount,
    {
      namespace,
      region: settings.aws.region,
      reader: { serviceAccount: SECRET_READER.serviceAccount, annotations: role.serviceAccountAnnotations },
      secrets: secrets.map((name) => ({ name, source: names.secret(name), file: fileOf(name) })),
    },
    { providers: [kubernetes], dependsOn: [...namespaces, ...controller, ...role.grants] },
  );
}

function uploadApiRole({ settings, cluster, lake, aws: provider }: MeteringParts): WorkloadRole {
  const onward = settings.lake.mode === 'existing' ? settings.lake.roleArn : undefined;
  const { bucketArn, kmsKeyArn } = lake;
  const own = policyJson({ bucketArn, ...(kmsKeyArn !== undefined && { kmsKeyArn }) }, uploadApiPolicy);
  return new WorkloadRole(
    UPLOAD_API_ACCOUNT.serviceAccount,
    {
      mode: settings.identity,
      cluster: roleCluster(cluster, settings),
      account: UPLOAD_API_ACCOUNT,
      policy: onward === undefined ? own : JSON.stringify(chainPolicy(onward)),
      ...(onward !== undefined && { targetRoleArn: onward }),
    },
    { providers: [provider], dependsOn: cluster.ready },
  );
}

const roleCluster = ({ name, arn, issuer }: ClusterOutputs, { aws: { accountId } }: StackSettings): RoleCluster => ({
  name,
  arn,
  issuer,
  accountId,
});

function meteringArgs({ settings, cluster, nodeCidrs, images, lake }: MeteringParts, uploadApi: WorkloadRole) {
  const { metering, retainsData, aws: home } = settings;
  const { prometheus, kubeStateMetrics } = settings.images;
  return {
    cluster: { ...home, name: cluster.name },
    images: { ...images, prometheus, kubeStateMetrics },
    network: { nodeCidrs, apiServerCidrs: [...nodeCidrs, cluster.serviceCidr] },
    lake,
    secrets: {
      uploadKeys: 'upload-keys',
      uploadKey: 'upload-key',
      ...(metering.sendsToCloudzero && { cloudzeroKey: 'cloudzero-key' }),
      ...(metering.hasIngestTokens && { ingestTokens: 'ingest-tokens' }),
    },
    collector: { ...metering.collector, isVolumeRetained: retainsData },
    uploadApi: { ...metering.uploadApi, serviceAccountAnnotations: uploadApi.serviceAccountAnnotations },
    agent: metering.agent,
  };
}

/** What the owner of a bucket in another account must add to its policy; nothing where none is needed. */
function grantOf({ lake, aws: { accountId } }: StackSettings, roleArn: Output<string>): Output<string> | undefined {
  if (lake.mode === 'own' || lake.accountId === accountId || lake.roleArn !== undefined) return undefined;
  const policy = uploadApiPolicy({ bucketArn: `arn:aws:s3:::${lake.bucket}` });
  return roleArn.apply((arn) => JSON.stringify(bucketGrant(policy, arn), null, 2));
}
