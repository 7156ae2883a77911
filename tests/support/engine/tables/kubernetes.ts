import { setTimeout as sleep } from 'node:timers/promises';
import type { Asked, Home, Made, Model, ModelTable, Thing, World } from '../model.ts';
import { textAt, valuesAt } from '../values.ts';
import { hasNodes } from './aws-eks.ts';
import { type Kind, kinds } from './kubernetes-kinds.ts';
import { claimVolumes, deleteClaim, releaseClaims } from './kubernetes-volumes.ts';

const RELEASE = 'kubernetes:helm.sh/v3:Release';
const NAMESPACE = 'kubernetes:core/v1:Namespace';
const LOAD_BALANCER = 'aws:lb/loadBalancer:LoadBalancer';

/** Namespaces that every cluster is born with. */
const bornNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
/** Kinds that the provider waits for: without a node their pods never start. */
const awaited = ['Deployment', 'StatefulSet', 'Job', 'Pod'];
/** How long a controller takes to clean up in AWS after its object; longer than a chart takes to go. */
const CLEAN_UP_MS = 300;

/** Kubernetes objects by the rules of the API server and of the controllers that give them an effect in AWS. */
export const kubernetes: ModelTable = {
  ...Object.fromEntries(kinds.map((kind) => [kind.token, objectModel(kind)])),
  [RELEASE]: releaseModel(),
};

function objectModel(kind: Kind): Model {
  return {
    name: {
      input: 'metadata.name',
      max: 253,
      pattern: /^[a-z0-9:]([-a-z0-9.:]*[a-z0-9])?$/,
      uniqueIn: kind.isNamespaced ? 'namespace' : 'cluster',
      isGenerated: true,
      clash: 'AlreadyExists',
    },
    replacedBy: ['metadata.name', 'metadata.namespace', ...immutableFields(kindName(kind))],
    faults: ({ inputs }) =>
      kindName(kind) === 'StatefulSet' && valuesAt(inputs, 'spec.serviceName').length === 0 ? ['spec.serviceName is missing'] : [],
    refuses: (asked) => absentKind(kind, asked) ?? absentNamespace(kind, asked) ?? neverReady(kind, asked),
    id: ({ inputs, home }) =>
      (kind.isNamespaced ? `${textAt(inputs, 'metadata.namespace') || home.namespace}/` : '') + textAt(inputs, 'metadata.name'),
    answers: (made) => ({ ...objectAnswers(made), ...(isBalanced(kind, made.inputs) && balancerStatus(made)) }),
    madeWith: (made) => reconcile(kind, made),
    deletedWith: (made) => afterObject(kind, made),
  };
}

function releaseModel(): Model {
  return {
    requires: ['chart'],
    name: {
      input: 'name',
      max: 53,
      pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
      uniqueIn: 'cluster',
      isGenerated: true,
      clash: 'cannot re-use a name that is still in use',
    },
    replacedBy: ['name', 'namespace'],
    refuses: (asked) => {
      if (!hasNodes(asked.account, asked.home.cluster) && asked.inputs.skipAwait !== true)
        return `timed out waiting for the condition: release ${asked.logicalName} has no node to run on`;
      const namespace = textAt(asked.inputs, 'namespace');
      return asked.inputs.createNamespace === true || namespace === '' || namespaceExists(asked, namespace)
        ? undefined
        : `namespaces "${namespace}" not found`;
    },
    id: ({ inputs, home }) => `${textAt(inputs, 'namespace') || home.namespace}/${textAt(inputs, 'name')}`,
    answers: ({ inputs, home }) => ({
      status: {
        name: textAt(inputs, 'name'),
        namespace: textAt(inputs, 'namespace') || home.namespace,
        status: 'deployed',
        revision: 1,
        chart: chartOf(inputs),
      },
    }),
    refusesDelete: ({ account, inputs, home }) => {
      const orphan = account.things.find(
        (thing) =>
          thing.home.cluster === home.cluster && kinds.some((kind) => kind.token === thing.token && kind.chart === chartOf(inputs)),
      );
      return (
        orphan && `release ${textAt(inputs, 'name')} takes the CRD of ${orphan.token} ${orphan.id} away: its finalizer would wait forever`
      );
    },
  };
}

function immutableFields(kind: string): string[] {
  const fields: Record<string, string[]> = {
    StatefulSet: ['spec.serviceName', 'spec.volumeClaimTemplates', 'spec.selector'],
    Deployment: ['spec.selector'],
    DaemonSet: ['spec.selector'],
    Job: ['spec.template', 'spec.selector'],
    StorageClass: ['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'],
    RoleBinding: ['roleRef'],
    ClusterRoleBinding: ['roleRef'],
    PersistentVolumeClaim: ['spec.storageClassName', 'spec.accessModes'],
  };
  return fields[kind] ?? [];
}

function absentKind(kind: Kind, { account, home }: Asked): string | undefined {
  if (kind.chart === '') return undefined;
  const isThere = account.things.some(
    (thing) => thing.token === RELEASE && thing.home.cluster === home.cluster && chartOf(thing.inputs) === kind.chart,
  );
  return isThere ? undefined : `no matches for kind "${kindName(kind)}": the CRDs of ${kind.chart} are not in the cluster`;
}

function absentNamespace(kind: Kind, asked: Asked): string | undefined {
  const namespace = textAt(asked.inputs, 'metadata.namespace') || asked.home.namespace;
  return !kind.isNamespaced || namespaceExists(asked, namespace) ? undefined : `namespaces "${namespace}" not found`;
}

function namespaceExists({ account, home }: Asked, name: string): boolean {
  const isMade = account.things.some(
    (thing) =>
      thing.home.cluster === home.cluster &&
      ((thing.token === NAMESPACE && thing.id === name) ||
        (thing.token === RELEASE && thing.inputs.createNamespace === true && thing.inputs.namespace === name)),
  );
  return bornNamespaces.includes(name) || isMade;
}

/** What the provider would wait for until its timeout. */
function neverReady(kind: Kind, { account, inputs, home }: Asked): string | undefined {
  const name = kindName(kind);
  if (annotationsOf(inputs)['pulumi.com/skipAwait'] === 'true') return undefined;
  if (awaited.includes(name) && inputs.spec !== undefined && replicasOf(inputs) > 0 && !hasNodes(account, home.cluster))
    return `timed out waiting for ${name} ${textAt(inputs, 'metadata.name')}: the cluster ${home.cluster} has no nodes`;
  if (isBalanced(kind, inputs) && !hasController(kind, account, home.cluster, inputs))
    return `timed out waiting for ${name} ${textAt(inputs, 'metadata.name')}: no load balancer controller gives it an address`;
  if (isBalanced(kind, inputs) && isOfEks(kind, inputs) && !hasSubnets(account, home))
    return `could not find any suitable subnets for creating the ELB of Service ${textAt(inputs, 'metadata.name')}`;
  return undefined;
}

function annotationsOf({ metadata }: Record<string, unknown>): Record<string, unknown> {
  return ((metadata as Record<string, unknown> | undefined)?.annotations ?? {}) as Record<string, unknown>;
}

/** A Service that names no class is EKS's own affair; Ingresses and other classes need the controller of the chart. */
const isOfEks = (kind: Kind, inputs: Record<string, unknown>) =>
  kindName(kind) === 'Service' && textAt(inputs, 'spec.loadBalancerClass') === '';

function hasController(kind: Kind, account: World, cluster: string, inputs: Record<string, unknown>): boolean {
  return isOfEks(kind, inputs) || controllerOf(account, cluster) !== undefined;
}

/** EKS puts internal balancers into subnets that are tagged for them and for the cluster; of a cluster made elsewhere nothing is known. */
function hasSubnets(account: World, home: Home): boolean {
  const cluster = account.find('aws:eks/cluster:Cluster', home.cluster, { ...home, cluster: '' });
  const ids = valuesAt(cluster?.inputs ?? {}, 'vpcConfig.subnetIds[]');
  const subnets = account.all('aws:ec2/subnet:Subnet').filter(({ id }) => ids.includes(id));
  const wanted = [`kubernetes.io/cluster/${home.cluster}`, 'kubernetes.io/role/internal-elb'];
  return subnets.length === 0 || subnets.some(({ inputs }) => wanted.every((tag) => tag in ((inputs.tags ?? {}) as object)));
}

function objectAnswers({ inputs, newId }: Made) {
  const metadata = (inputs.metadata ?? {}) as Record<string, unknown>;
  return { metadata: { ...metadata, uid: newId('uid') } };
}

function balancerStatus({ home, newId }: Made) {
  return { status: { loadBalancer: { ingress: [{ hostname: `${newId('k8s')}.elb.${home.region || 'us-east-1'}.amazonaws.com` }] } } };
}

/** Controllers turn some objects into things in AWS. */
function reconcile(kind: Kind, made: Made): void {
  const { account, home, id, inputs } = made;
  if (kindName(kind) === 'StatefulSet') claimVolumes(made);
  if (!isBalanced(kind, inputs)) return;
  const vpc = account.find('aws:eks/cluster:Cluster', home.cluster, { ...home, cluster: '' });
  account.put({
    token: LOAD_BALANCER,
    id: `k8s-${id.replaceAll('/', '-')}`,
    urn: '',
    madeBy: `${kindName(kind)} ${id}`,
    home: { ...home, cluster: '' },
    inputs: { subnets: valuesAt(vpc?.inputs ?? {}, 'vpcConfig.subnetIds[]') },
    outputs: {},
  });
}

/** The controller removes what it made, if it is still there when its turn comes. A namespace takes its objects along. */
async function afterObject(kind: Kind, made: Made): Promise<void> {
  const { account, home, id, inputs } = made;
  if (kindName(kind) === 'StatefulSet') releaseClaims(made);
  if (kind.token === NAMESPACE) emptyNamespace(account, home.cluster, id);
  if (!isBalanced(kind, inputs)) return;
  await sleep(CLEAN_UP_MS);
  const balancer = account.all(LOAD_BALANCER).find((candidate) => candidate.madeBy === `${kindName(kind)} ${id}`);
  if (balancer && hasController(kind, account, home.cluster, inputs)) account.remove(balancer);
}

function emptyNamespace(account: World, cluster: string, namespace: string): void {
  for (const thing of account.things.filter(({ home, id }) => home.cluster === cluster && id.startsWith(`${namespace}/`))) {
    if (thing.token === 'kubernetes:core/v1:PersistentVolumeClaim') deleteClaim(account, thing);
    else account.remove(thing);
  }
}

function isBalanced(kind: Kind, inputs: Record<string, unknown>): boolean {
  if (kindName(kind) === 'Ingress') return textAt(inputs, 'spec.ingressClassName') === 'alb';
  return kindName(kind) === 'Service' && textAt(inputs, 'spec.type') === 'LoadBalancer';
}

function controllerOf(account: World, cluster: string): Thing | undefined {
  return account.things.find(
    (thing) => thing.token === RELEASE && thing.home.cluster === cluster && chartOf(thing.inputs) === 'aws-load-balancer-controller',
  );
}

/** `external-secrets` of `oci://registry/charts/external-secrets`. */
function chartOf(inputs: Record<string, unknown>): string {
  return textAt(inputs, 'chart').split('/').at(-1) ?? '';
}

function replicasOf(inputs: Record<string, unknown>): number {
  return Number(valuesAt(inputs, 'spec.replicas')[0] ?? 1);
}

function kindName(kind: Kind): string {
  return kind.token.slice(kind.token.lastIndexOf(':') + 1);
}
