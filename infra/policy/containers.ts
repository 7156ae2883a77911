import { containersOf, podSpecOf } from './pods.ts';
import { at, type PolicyResource, type Rule, type Values, type Violation } from './resource.ts';

const SIZES = ['requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];

export const limitsSet: Rule = {
  name: 'limits-set',
  demands: 'Every container says what it needs and where it ends.',
  of: 'resource',
  check: (resource) =>
    containersOf(podSpecOf(resource)).flatMap(({ label, container }) =>
      SIZES.filter((size) => at(container, `resources.${size}`) === undefined).map((size) => `${label} has no ${size}`),
    ),
};

const LEVEL = 'pod-security.kubernetes.io/enforce';
const REASON = 'tallyship/pod-security';

/** What the pods of a namespace may be is said by the namespace; one that the stack does not make is held to the strictest level. */
export const podsRestricted: Rule = {
  name: 'pods-restricted',
  demands: 'Pods are `restricted` with a read-only root, but in namespaces whose annotation says why they cannot be.',
  of: 'stack',
  check: (resources) => {
    const namespaces = resources.filter(({ type }) => type === 'kubernetes:core/v1:Namespace');
    const excepted = new Set(namespaces.filter(isExcepted).map(({ inputs }) => at(inputs, 'metadata.name')));
    return [
      ...namespaces.flatMap((namespace) => namespaceFaults(namespace)),
      ...resources
        .filter(({ inputs }) => !excepted.has(at(inputs, 'metadata.namespace')))
        .flatMap((resource) => podFaults(resource).map((says) => ({ urn: resource.urn, says }))),
    ];
  },
};

const levelOf = ({ inputs }: PolicyResource) => labelled(inputs, 'labels', LEVEL);
const isExcepted = (namespace: PolicyResource) => levelOf(namespace) !== 'restricted' && labelled(namespace.inputs, 'annotations', REASON);
const labelled = (inputs: Values, kind: 'labels' | 'annotations', key: string) =>
  (at(inputs, `metadata.${kind}`) as Values | undefined)?.[key];

function namespaceFaults(namespace: PolicyResource): Violation[] {
  if (levelOf(namespace) === 'restricted' || isExcepted(namespace)) return [];
  return [
    {
      urn: namespace.urn,
      says: `the level ${levelOf(namespace) ?? 'of its pods'} has no reason: ${LEVEL} is not restricted, ${REASON} is empty`,
    },
  ];
}

function podFaults(resource: PolicyResource): string[] {
  const pod = podSpecOf(resource);
  if (!pod) return [];
  const shared = ['hostNetwork', 'hostPID', 'hostIPC'].filter((key) => at(pod, key) === true);
  const volumes = (Array.isArray(pod.volumes) ? pod.volumes : []).filter((volume) => at(volume, 'hostPath') !== undefined);
  return [
    ...shared.map((key) => `the pod has ${key}`),
    ...volumes.map((volume) => `volume ${at(volume, 'name')} is a path of the node`),
    ...containersOf(pod).flatMap(({ label, container }) => containerFaults(pod, container).map((fault) => `${label} ${fault}`)),
  ];
}

function containerFaults(pod: Values, container: Values): string[] {
  const own = (path: string) => at(container, `securityContext.${path}`);
  const inherited = (path: string) => own(path) ?? at(pod, `securityContext.${path}`);
  const dropped = own('capabilities.drop');
  const checks: [isGood: boolean, fault: string][] = [
    [inherited('runAsNonRoot') === true && inherited('runAsUser') !== 0, 'may run as root'],
    [own('allowPrivilegeEscalation') === false, 'may gain privileges'],
    [own('privileged') !== true, 'is privileged'],
    [Array.isArray(dropped) && dropped.includes('ALL'), 'keeps capabilities'],
    [own('readOnlyRootFilesystem') === true, 'may write to its root'],
    [['RuntimeDefault', 'Localhost'].includes(String(inherited('seccompProfile.type'))), 'has no seccomp profile'],
  ];
  return checks.filter(([isGood]) => !isGood).map(([, fault]) => fault);
}
