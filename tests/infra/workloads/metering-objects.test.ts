import assert from 'node:assert/strict';
import type { MeteringArgs } from '../../../infra/workloads/metering-args.ts';
import { meteringObjects } from '../../../infra/workloads/metering-objects.ts';
import { namespaceObjects } from '../../../infra/workloads/namespaces.ts';
import { type KubernetesObject, nameOf } from '../../../infra/workloads/objects.ts';
import { LEAST, MOST } from './sample-args.ts';

type Container = {
  name: string;
  env?: { name: string; value?: string }[];
  restartPolicy?: string;
  resources: { limits: object; requests: { cpu: string } };
  securityContext: { readOnlyRootFilesystem: boolean };
};
type Pod = { initContainers?: Container[]; containers: Container[]; serviceAccountName: string; automountServiceAccountToken: boolean };

const all = meteringObjects(MOST);
const podsOf = (objects: KubernetesObject[]) =>
  objects.flatMap((object) => {
    const { spec } = object as unknown as { spec?: { template?: { spec: Pod } } };
    return spec?.template ? [{ name: object.metadata.name, pod: spec.template.spec }] : [];
  });
const find = (objects: KubernetesObject[], name: string) => {
  const found = objects.filter((object) => nameOf(object) === name);
  assert.equal(found.length, 1, name);
  return found[0] as unknown as { spec: Record<string, unknown>; data: Record<string, string> };
};

describe('the objects that meter a cluster', () => {
  it('have names of their own', () => {
    const names = [...namespaceObjects(), ...all].map(nameOf);
    assert.equal(new Set(names).size, names.length);
  });

  it('limit every container, and let none write to its image', () => {
    for (const { name, pod } of podsOf(all)) {
      for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
        assert.deepEqual(Object.keys(container.resources.limits), ['cpu', 'memory'], name);
        assert.equal(container.securityContext.readOnlyRootFilesystem, true, name);
      }
    }
  });

  it('give a token of the Kubernetes API to those alone that ask it or a kubelet', () => {
    const withToken = podsOf(all).filter(({ pod }) => pod.automountServiceAccountToken);
    assert.deepEqual(withToken.map(({ name }) => name).sort(), ['kube-state-metrics', 'node-agent']);
  });

  it('hold no secret: settings name files, and only those', () => {
    const names = podsOf(all).flatMap(({ pod }) => pod.containers.flatMap(({ env }) => (env ?? []).map((variable) => variable.name)));
    assert.deepEqual(
      names.filter((name) => /KEY|TOKEN|SECRET|PASSWORD/.test(name) && !name.endsWith('_FILE')),
      [],
    );
  });

  it('let every call through on both ends', () => {
    const policies = all.filter(({ kind }) => kind === 'NetworkPolicy') as unknown as Policy[];
    const calls = policies.flatMap((policy) => callsOf(policy.metadata, policy.spec.egress, 'to'));
    const answers = policies.flatMap((policy) => callsOf(policy.metadata, policy.spec.ingress, 'from'));
    const own = calls.filter(({ other }) => !other.startsWith('kube-system/'));
    assert.deepEqual(
      own.map(({ self, other, port }) => `${self} ${other} ${port}`).sort(),
      answers.map(({ self, other, port }) => `${other} ${self} ${port}`).sort(),
    );
  });

  it('start the shipper before the collector and stop it after', () => {
    const [collector] = podsOf(all).filter(({ name }) => name === 'collector');
    assert.deepEqual(
      collector?.pod.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy]),
      [['shipper', 'Always']],
    );
    assert.equal('readinessProbe' in (collector?.pod.initContainers?.[0] ?? {}), false);
  });

  it('keep the volumes of scaled-away replicas, and empty those that are named', () => {
    const { spec } = find(all, 'StatefulSet tallyship/collector');
    assert.deepEqual(spec.persistentVolumeClaimRetentionPolicy, { whenDeleted: 'Retain', whenScaled: 'Retain' });
    const job = JSON.stringify(find(all, 'Job tallyship/drain-collector-2'));
    assert.match(job, /"args":\["drain"\]/);
    assert.match(job, /"claimName":"data-collector-2"/);
    const drainsRunning = { ...MOST, collector: { ...MOST.collector, drainOrdinals: [1] } };
    assert.throws(() => meteringObjects(drainsRunning), /drainOrdinals 1: these replicas run \(replicas: 2\)/);
  });

  it('leave the number of scaled replicas to the autoscaler', () => {
    assert.equal('replicas' in find(all, 'Deployment tallyship/upload-api').spec, false);
  });

  it('scale by CPU what asks for CPU', () => {
    const scaled = all.filter(({ kind }) => kind === 'HorizontalPodAutoscaler') as unknown as {
      spec: { scaleTargetRef: { kind: string; name: string } };
    }[];
    assert.equal(scaled.length, 2);
    for (const { spec } of scaled) {
      const { pod } = podsOf([
        find(all, `${spec.scaleTargetRef.kind} tallyship/${spec.scaleTargetRef.name}`) as unknown as KubernetesObject,
      ])[0] as { pod: Pod };
      for (const { resources } of pod.containers) assert.match(resources.requests.cpu, /^[0-9]+m$/);
    }
  });

  it('speak HTTPS on both ends where there is a certificate, and HTTP where there is none', () => {
    const texts = (objects: KubernetesObject[]) => objects.map((object) => JSON.stringify(object));
    const plain = texts(meteringObjects(LEAST)).join('\n');
    assert.doesNotMatch(plain, /https:|HTTPS|TLS_/);
    const certified = texts(all)
      .filter((text) => /"name":"(collector|upload-api)\./.test(text) || /svc/.test(text))
      .join('\n');
    assert.doesNotMatch(certified, /http:\/\/(collector|upload-api)/);
    for (const name of ['StatefulSet tallyship/collector', 'Deployment tallyship/upload-api']) {
      const text = JSON.stringify(find(all, name));
      assert.match(text, /"TLS_CERT_FILE","value":"\/etc\/tallyship\/tls\/tls\.crt"/);
      assert.match(text, /"path":"\/readyz","port":"[a-z-]+","scheme":"HTTPS"/);
    }
    assert.match(
      JSON.stringify(find(all, 'Job tallyship/drain-collector-2')),
      /"NODE_EXTRA_CA_CERTS","value":"\/etc\/tallyship\/ca\/ca\.crt"/,
    );
  });

  it('pull our images with the login of their registry', () => {
    const accounts = all.filter(({ kind }) => kind === 'ServiceAccount') as unknown as {
      metadata: { name: string };
      imagePullSecrets?: object[];
    }[];
    const pulling = accounts.filter(({ imagePullSecrets }) => imagePullSecrets?.length);
    assert.deepEqual(pulling.map(({ metadata }) => metadata.name).sort(), ['collector', 'console', 'upload-api']);
  });

  it('open the upload API to the addresses that are named, and through an internal balancer alone', () => {
    const { metadata, spec } = find(all, 'Service tallyship/upload-api-internal') as unknown as {
      metadata: { annotations: object };
      spec: object;
    };
    assert.deepEqual(Object.values(metadata.annotations), ['nlb', 'true']);
    assert.match(JSON.stringify(spec), /"loadBalancerSourceRanges":\["10\.8\.0\.0\/13"\]/);
    assert.match(JSON.stringify(find(all, 'NetworkPolicy tallyship/upload-api')), /"cidr":"10\.8\.0\.0\/13"/);
    const exposure = {
      mode: 'internal',
      callerCidrs: ['10.8.0.0/13'],
      controller: 'awsLoadBalancerController',
    } satisfies MeteringArgs['uploadApi']['exposure'];
    const other = find(meteringObjects({ ...MOST, uploadApi: { ...MOST.uploadApi, exposure } }), 'Service tallyship/upload-api-internal');
    assert.equal(other.spec.loadBalancerClass, 'service.k8s.aws/nlb');
  });

  it('send nothing to CloudZero and have no agents unless told so', () => {
    const least = JSON.stringify(meteringObjects(LEAST));
    assert.doesNotMatch(least, /CLOUDZERO|prometheus|kube-state-metrics/i);
    assert.match(JSON.stringify(all), /"TARGETS","value":"lake,cloudzero"/);
  });

  it('roll the agents when their configuration changes', () => {
    const slower = { ...MOST, agent: { ...MOST.agent, scrapeIntervalS: 30 } };
    const digest = (objects: KubernetesObject[]) =>
      /config-digest":"([0-9a-f]+)/.exec(JSON.stringify(find(objects, 'DaemonSet tallyship-agent/node-agent')))?.[1];
    assert.notEqual(digest(all), digest(meteringObjects(slower)));
  });
});

type Selector = { matchLabels: Record<string, string> };
type Rule = { ports: { port: number }[] } & Partial<Record<'to' | 'from', { namespaceSelector?: Selector; podSelector?: Selector }[]>>;
type Policy = { metadata: { name: string; namespace: string }; spec: { egress: Rule[]; ingress?: Rule[] } };

/** Who talks with whom on which port, where the other end is a workload of a namespace. */
function callsOf({ name, namespace }: Policy['metadata'], rules: Rule[] | undefined, side: 'to' | 'from') {
  return (rules ?? []).flatMap((rule) =>
    (rule[side] ?? []).flatMap(({ namespaceSelector, podSelector }) => {
      if (!namespaceSelector || !podSelector) return [];
      const workload = podSelector.matchLabels['app.kubernetes.io/name'] ?? podSelector.matchLabels['k8s-app'];
      const other = `${namespaceSelector.matchLabels['kubernetes.io/metadata.name']}/${workload}`;
      return rule.ports.map(({ port }) => ({ self: `${namespace}/${name}`, other, port }));
    }),
  );
}
