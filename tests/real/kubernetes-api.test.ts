import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { meteringObjects } from '../../infra/workloads/metering-objects.ts';
import { NAMESPACES, namespaceObjects } from '../../infra/workloads/namespaces.ts';
import { type KubernetesObject, manifestOf, nameOf } from '../../infra/workloads/objects.ts';
import { LEAST, MOST } from '../infra/workloads/sample-args.ts';
import { type KubernetesApi, startKubernetesApi } from '../support/kubernetes-api.ts';
import { apply, type Manifest, pathOf } from '../support/kubernetes-apply.ts';

const manifest = (object: KubernetesObject) => manifestOf(object) as Manifest;

for (const [which, args] of Object.entries({ LEAST, MOST })) {
  const objects = meteringObjects(args);

  describe(`a real Kubernetes API server, ${which}`, function () {
    this.timeout(120_000);
    let api: KubernetesApi;
    before(async () => {
      api = await startKubernetesApi();
    });
    after(() => api?.stop());

    it(`takes all ${objects.length} objects by strict server-side apply, without a warning`, async () => {
      for (const object of [...namespaceObjects(), ...objects]) assertTaken(await apply(api, manifest(object)), nameOf(object));
    });

    it('finds nothing to change when they are applied again', async () => {
      const metadata = () => Promise.all(objects.map(async (object) => (await apply(api, manifest(object))).body.metadata));
      assert.deepEqual(await metadata(), await metadata());
    });

    it(`lets the pods into their namespaces: Pod Security enforces ${levels()}`, async () => {
      const pods = objects.flatMap((object) => podOf(object));
      assert.ok(pods.length > 0);
      for (const pod of pods) assertTaken(await apply(api, pod, { isDryRun: true }), `pod of ${pod.metadata.name}`);
    });
  });
}

describe('a real Kubernetes API server', function () {
  this.timeout(120_000);
  let api: KubernetesApi;
  before(async () => {
    api = await startKubernetesApi();
    for (const object of [...namespaceObjects(), ...meteringObjects(LEAST)])
      assertTaken(await apply(api, manifest(object)), nameOf(object));
  });
  after(() => api?.stop());

  it('lets a shell with the debug profile look at the data volume of a running pod, read-only', async () => {
    const [collector] = meteringObjects(LEAST).filter(({ kind }) => kind === 'StatefulSet') as [KubernetesObject];
    const [template] = podOf(collector) as [PodManifest];
    const pod = { ...template, metadata: { ...template.metadata, name: 'running' } };
    assertTaken(await apply(api, pod), 'pod');
    const profile = JSON.parse(readFileSync(join(import.meta.dirname, '../../images/debug-profile.json'), 'utf8'));
    const patch = { spec: { ephemeralContainers: [{ name: 'debug', image: 'debug', ...profile }] } };
    const path = `${pathOf(pod)}/ephemeralcontainers?fieldValidation=Strict`;
    assertTaken(await api.call('PATCH', path, patch, 'application/strategic-merge-patch+json'), 'debug');
    const writable = { spec: { ephemeralContainers: [{ name: 'root', image: 'debug', securityContext: { runAsUser: 0 } }] } };
    const { status, body } = await api.call('PATCH', path, writable, 'application/strategic-merge-patch+json');
    assert.equal(status, 403, String(body.message));
  });

  it('refuses what it should: a pod with more rights, an unknown field, a wrong selector', async () => {
    const [collector] = meteringObjects(LEAST).filter(({ kind }) => kind === 'StatefulSet') as [KubernetesObject];
    const [pod] = podOf(collector) as [PodManifest];
    const refusals = [
      [{ ...pod, spec: { ...pod.spec, hostNetwork: true } }, /violates PodSecurity "restricted.*hostNetwork/s],
      [{ ...pod, spec: { ...pod.spec, restartPolicyy: 'Never' } }, /restartPolicyy/],
      [
        { ...manifest(collector), spec: { ...(manifest(collector) as PodManifest).spec, selector: { matchLabels: { a: 'b' } } } },
        /selector/,
      ],
    ] as const;
    for (const [object, reason] of refusals) {
      const { status, body } = await apply(api, object as Manifest, { isDryRun: true });
      assert.ok(status >= 400, JSON.stringify(body));
      assert.match(String(body.message), reason);
    }
  });
});

type PodManifest = Manifest & { spec: Record<string, unknown> };

function assertTaken({ status, body, warnings }: Awaited<ReturnType<typeof apply>>, name: string): void {
  assert.ok(status === 200 || status === 201, `${name}: ${status} ${body.message}`);
  assert.deepEqual(warnings, [], name);
}

/** The pod that an object's controller would make, with its claims as volumes. */
function podOf(object: KubernetesObject): PodManifest[] {
  const { spec } = object as unknown as {
    spec?: { template?: { metadata: object; spec: PodManifest['spec'] }; volumeClaimTemplates?: Manifest[] };
  };
  if (!spec?.template) return [];
  const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata: { name } }) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const volumes = [...((spec.template.spec.volumes as object[]) ?? []), ...claims];
  const metadata = { ...spec.template.metadata, name: object.metadata.name, namespace: object.metadata.namespace ?? '' };
  return [{ apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...spec.template.spec, volumes } }];
}

function levels(): string {
  return Object.entries(NAMESPACES)
    .map(([name, { level }]) => `${level} in ${name}`)
    .join(', ');
}
