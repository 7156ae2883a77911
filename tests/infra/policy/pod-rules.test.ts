import assert from 'node:assert/strict';
import type { PolicyResource, Values } from '../../../infra/policy/resource.ts';
import { RULES } from '../../../infra/policy/rules.ts';
import { meteringObjects } from '../../../infra/workloads/metering-objects.ts';
import { namespaceObjects } from '../../../infra/workloads/namespaces.ts';
import { manifestOf } from '../../../infra/workloads/objects.ts';
import { LEAST, MOST } from '../workloads/sample-args.ts';
import { resource, said } from './resources.ts';

const size = { cpu: '100m', memory: '64Mi' };
const sound: Values = {
  name: 'main',
  image: `image@sha256:${'0'.repeat(64)}`,
  resources: { requests: size, limits: size },
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
};
const soundPod: Values = { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } };

/** Rule, what is changed in a sound pod, what is wrong then. */
const cases: [rule: string, what: string, container: Values, pod: Values, faults: string[]][] = [
  ['pods-restricted', 'nothing', {}, {}, []],
  ['pods-restricted', 'the network of the node', {}, { hostNetwork: true }, ['the pod has hostNetwork']],
  [
    'pods-restricted',
    'a path of the node',
    {},
    { volumes: [{ name: 'logs', hostPath: { path: '/' } }] },
    ['volume logs is a path of the node'],
  ],
  [
    'pods-restricted',
    'no user',
    {},
    { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
    ['container main may run as root'],
  ],
  [
    'pods-restricted',
    'root by number',
    {},
    { securityContext: { ...(soundPod.securityContext as Values), runAsUser: 0 } },
    ['container main may run as root'],
  ],
  [
    'pods-restricted',
    'no context at all',
    { securityContext: undefined },
    {},
    ['container main may gain privileges', 'container main keeps capabilities', 'container main may write to its root'],
  ],
  ['limits-set', 'no memory limit', { resources: { requests: size, limits: { cpu: '1' } } }, {}, ['container main has no limits.memory']],
  ['images-by-digest', 'a tag', { image: 'nginx:1.29.0' }, {}, ['container main: image nginx:1.29.0 names no digest']],
  ['images-by-digest', 'a listed release', { image: 'mirror.example/prometheus/prometheus:v3.14.0' }, {}, []],
  [
    'images-by-digest',
    'a listed image that moves',
    { image: 'mirror.example/prometheus/prometheus:v3' },
    {},
    ['container main: image mirror.example/prometheus/prometheus:v3 names no digest'],
  ],
  [
    'no-secret-values',
    'a token as a variable',
    { env: [{ name: 'API_TOKEN', value: 'x' }] },
    {},
    ['container main gets API_TOKEN as a variable'],
  ],
  ['no-secret-values', 'a path to one', { env: [{ name: 'API_TOKEN_FILE', value: '/etc/token' }] }, {}, []],
];

/** Where each kind keeps its pods. */
const places: Record<string, (pod: Values) => Values> = {
  'core/v1:Pod': (pod) => ({ spec: pod }),
  'apps/v1:Deployment': (pod) => ({ spec: { template: { spec: pod } } }),
  'batch/v1:CronJob': (pod) => ({ spec: { jobTemplate: { spec: { template: { spec: pod } } } } }),
};

describe('policy rules: pods', () => {
  for (const [rule, what, container, pod, faults] of cases) {
    for (const [kind, place] of Object.entries(places)) {
      it(`${rule}, ${kind} with ${what}: ${faults.join('; ') || 'nothing wrong'}`, () => {
        for (const list of ['containers', 'initContainers']) {
          const inputs = { metadata: { namespace: 'shop' }, ...place({ ...soundPod, ...pod, [list]: [{ ...sound, ...container }] }) };
          assert.deepEqual(said(rule, resource(`kubernetes:${kind}`, inputs)), faults, list);
        }
      });
    }
  }

  describe('in a namespace below restricted', () => {
    const namespace = (annotations: Values) =>
      resource('kubernetes:core/v1:Namespace', {
        metadata: { name: 'node', labels: { 'pod-security.kubernetes.io/enforce': 'privileged' }, annotations },
      });
    const pod = resource('kubernetes:core/v1:Pod', { metadata: { namespace: 'node' }, spec: { hostNetwork: true, containers: [] } });

    it('may be what the namespace says why', () => {
      const excepted = namespace({ 'tallyship/pod-security': 'reads the disks of the node' });
      assert.deepEqual([...said('pods-restricted', pod, excepted), ...said('pods-restricted', excepted)], []);
    });

    it('are held to restricted without a reason, and so is the namespace', () => {
      assert.deepEqual(said('pods-restricted', pod, namespace({})), ['the pod has hostNetwork']);
      assert.match(said('pods-restricted', namespace({})).join(), /^the level privileged has no reason/);
    });
  });

  for (const [name, args] of Object.entries({ LEAST, MOST })) {
    it(`find nothing wrong with what meters a cluster, ${name.toLowerCase()}`, () => {
      const resources = [...namespaceObjects(), ...meteringObjects(args)].map(asResource);
      const violations = RULES.flatMap((rule) =>
        rule.of === 'stack' ? rule.check(resources) : resources.flatMap((one) => rule.check(one).map((says) => ({ urn: one.urn, says }))),
      );
      assert.deepEqual(violations, []);
    });
  }
});

function asResource(object: Parameters<typeof manifestOf>[0]): PolicyResource {
  const { apiVersion, kind, ...inputs } = manifestOf(object);
  const group = apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`;
  return resource(`kubernetes:${group}:${kind}`, inputs, { name: `${kind}-${inputs.metadata.name}`, provider: 'kubernetes' });
}
