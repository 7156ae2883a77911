import type * as aws from '@pulumi/aws';
import type * as k8s from '@pulumi/kubernetes';
import { all, type Input, type Output, type Resource } from '@pulumi/pulumi';
import type { ClusterOutputs } from './cluster/cluster.ts';
import { bucketGrant, chainPolicy, consolePolicy, secretReaderPolicy, uploadApiPolicy } from './identity/policies.ts';
import { type RoleCluster, WorkloadRole } from './identity/workload-role.ts';
import type { LakeOutputs } from './lake/lake-outputs.ts';
import type { StackNames } from './names.ts';
import { ObjectSet } from './object-set.ts';
import { type PolicyDocument, policyJson } from './policy-document.ts';
import { type MeteringSecret, meteringSecrets, placeOf } from './secrets/metering-secrets.ts';
import { SecretsOperator } from './secrets/operator.ts';
import { StoreSecrets } from './secrets/store-secrets.ts';
import { SyncedSecrets } from './secrets/synced-secrets.ts';
import type { StackSettings } from './settings/stack.ts';
import { Metering } from './workloads/metering.ts';
import type { ConsoleArgs, MeteringArgs } from './workloads/metering-args.ts';
import { namespaceObjects } from './workloads/namespaces.ts';
import type { KubernetesObject } from './workloads/objects.ts';
import { PLACES } from './workloads/places.ts';

export type MeteringParts = {
  settings: StackSettings;
  names: StackNames;
  cluster: ClusterOutputs;
  /** Where kubelets and the API server are. */
  nodeCidrs: string[];
  /** Of the console where it runs. */
  images: { collector: Input<string>; shipper: Input<string>; uploadApi: Input<string>; console?: Input<string> };
  lake: LakeOutputs;
  aws: aws.Provider;
  kubernetes: k8s.Provider;
};

/** Who reads the secrets of a namespace. */
const SECRET_READER = 'secret-reader';

/** What meters a cluster: its namespaces, secrets and roles, then all that runs. */
export function buildMetering(parts: MeteringParts) {
  const { settings, kubernetes } = parts;
  const namespaces = registerNamespaces(kubernetes);
  const synced = syncSecrets(parts, namespaces);
  const roles = makeLakeRoles(parts);
  const metering = new Metering('metering', meteringArgs(parts, roles), {
    providers: [kubernetes],
    dependsOn: [...namespaces, ...synced, ...roles.uploadApi.grants, ...(roles.console?.grants ?? [])],
  });
  const { remoteWrite, retainedClaims, uploadHost } = metering;
  const lakeRoles = { uploadApi: roles.uploadApi.arn, ...(roles.console && { console: roles.console.arn }) };
  return { remoteWrite, retainedClaims, uploadHost, lakeRoles, bucketGrant: grantOf(settings, roles) };
}

/** Namespaces, and then what stands in them before any workload does. */
function registerNamespaces(kubernetes: k8s.Provider): Resource[] {
  const objects = namespaceObjects();
  const isNamespace = ({ kind }: KubernetesObject) => kind === 'Namespace';
  const namespaces = new ObjectSet('namespaces', objects.filter(isNamespace), { providers: [kubernetes] });
  const contents = objects.filter((object) => !isNamespace(object));
  return [namespaces, new ObjectSet('namespace-defaults', contents, { providers: [kubernetes], dependsOn: [namespaces] })];
}

function syncSecrets({ settings, names, cluster, aws: awsProvider, kubernetes }: MeteringParts, namespaces: Resource[]): SyncedSecrets[] {
  const { recoveryWindowDays, operator } = settings.secrets;
  const controller = operator === 'install' ? [new SecretsOperator('external-secrets', { providers: [kubernetes] })] : [];
  const byNamespace = Object.entries(Object.groupBy(meteringSecrets(settings), (name) => placeOf(name).namespace));
  return byNamespace.map(([namespace, secrets]) => {
    const name = namespace === PLACES.uploadApi.namespace ? SECRET_READER : `${namespace}-${SECRET_READER}`;
    const role = readerRole(name, namespace, secrets);
    return new SyncedSecrets(
      name,
      {
        namespace,
        region: settings.aws.region,
        reader: { serviceAccount: SECRET_READER, annotations: role.serviceAccountAnnotations },
        secrets: secrets.map((secret) => ({ name: secret, source: names.secret(secret), content: placeOf(secret).content })),
      },
      { providers: [kubernetes], dependsOn: [...namespaces, ...controller, ...role.grants] },
    );
  });

  /** The secrets of one namespace, and the role that can read those and no others. */
  function readerRole(name: string, namespace: string, secrets: MeteringSecret[]): WorkloadRole {
    const store = new StoreSecrets(
      name.replace(SECRET_READER, 'secrets'),
      { names, secrets, recoveryWindowDays },
      { providers: [awsProvider] },
    );
    const policy = all(store.arns).apply((arns) => JSON.stringify(secretReaderPolicy(arns)));
    const account = { namespace, serviceAccount: SECRET_READER };
    // External Secrets takes a service account's role by its token, whatever the other pods use.
    return new WorkloadRole(name, { mode: 'irsa', cluster: roleCluster(cluster, settings), account, policy }, { providers: [awsProvider] });
  }
}

type LakeRoles = { uploadApi: WorkloadRole; console?: WorkloadRole };

/** Who may do what with the lake. */
function makeLakeRoles(parts: MeteringParts): LakeRoles {
  const { lake } = parts.settings;
  const { roleArn, readerRoleArn } = lake.mode === 'existing' ? lake : {};
  return {
    uploadApi: lakeRole(parts, PLACES.uploadApi, uploadApiPolicy, roleArn),
    ...(hasConsole(parts) && { console: lakeRole(parts, PLACES.console, consolePolicy, readerRoleArn) }),
  };
}

/** @param onward role of the lake's account that the pods go through */
function lakeRole(
  { settings, cluster, lake, aws: provider }: MeteringParts,
  { name, namespace }: { name: string; namespace: string },
  policyOf: (lake: { bucketArn: string; kmsKeyArn?: string }) => PolicyDocument,
  onward: string | undefined,
): WorkloadRole {
  const { bucketArn, kmsKeyArn } = lake;
  const own = policyJson({ bucketArn, ...(kmsKeyArn !== undefined && { kmsKeyArn }) }, policyOf);
  return new WorkloadRole(
    name,
    {
      mode: settings.identity,
      cluster: roleCluster(cluster, settings),
      account: { namespace, serviceAccount: name },
      policy: onward === undefined ? own : JSON.stringify(chainPolicy(onward)),
      ...(onward !== undefined && { targetRoleArn: onward }),
    },
    { providers: [provider], dependsOn: cluster.ready },
  );
}

const hasConsole = ({ images }: MeteringParts) => images.console !== undefined;

const roleCluster = ({ name, arn, issuer }: ClusterOutputs, { aws: { accountId } }: StackSettings): RoleCluster => ({
  name,
  arn,
  issuer,
  accountId,
});

function meteringArgs({ settings, cluster, nodeCidrs, images, lake }: MeteringParts, roles: LakeRoles) {
  const { metering, retainsData, aws: home } = settings;
  const { prometheus, kubeStateMetrics } = settings.images;
  const secrets = meteringSecrets(settings);
  const named = (name: MeteringSecret) => (secrets.includes(name) ? name : undefined);
  return {
    cluster: { ...home, name: cluster.name },
    images: { ...images, prometheus, kubeStateMetrics },
    network: { nodeCidrs, apiServerCidrs: [...nodeCidrs, cluster.serviceCidr] },
    lake,
    secrets: {
      uploadKeys: 'upload-keys',
      uploadKey: 'upload-key',
      ...present({
        cloudzeroKey: named('cloudzero-key'),
        ingestTokens: named('ingest-tokens'),
        ingestToken: named('ingest-token'),
        pull: named('pull-secret'),
      }),
    },
    collector: { ...metering.collector, isVolumeRetained: retainsData },
    ...present({ tls: tlsOf(settings), console: consoleArgs(settings, images.console, roles) }),
    uploadApi: { ...metering.uploadApi, serviceAccountAnnotations: roles.uploadApi.serviceAccountAnnotations },
    agent: metering.agent,
  };
}

function consoleArgs({ metering }: StackSettings, image: Input<string> | undefined, roles: LakeRoles): ConsoleArgs | undefined {
  if (image === undefined || roles.console === undefined) return undefined;
  return { ...metering.console, image, serviceAccountAnnotations: roles.console.serviceAccountAnnotations };
}

function tlsOf({ metering: { tls } }: StackSettings): MeteringArgs['tls'] {
  if (tls === undefined) return undefined;
  return { secretName: tls.mode === 'existing' ? tls.secretName : 'tls', caCertificate: tls.caCertificate };
}

/** Without the members that are undefined. */
function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** What the owner of a bucket in another account must add to its policy; nothing where none is needed. */
function grantOf({ lake, aws: { accountId } }: StackSettings, { uploadApi, console }: LakeRoles): Output<string> | undefined {
  if (lake.mode === 'own' || lake.accountId === accountId) return undefined;
  const bucketArn = `arn:aws:s3:::${lake.bucket}`;
  const direct = [
    ...(lake.roleArn === undefined ? [{ policy: uploadApiPolicy({ bucketArn }), arn: uploadApi.arn }] : []),
    ...(lake.readerRoleArn === undefined && console ? [{ policy: consolePolicy({ bucketArn }), arn: console.arn }] : []),
  ];
  if (direct.length === 0) return undefined;
  return all(direct.map(({ arn }) => arn)).apply((arns) =>
    JSON.stringify(
      direct.flatMap(({ policy }, i) => bucketGrant(policy, arns[i] as string)),
      null,
      2,
    ),
  );
}
