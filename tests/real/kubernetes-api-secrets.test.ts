import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as k8s from '@pulumi/kubernetes';
import { parseAllDocuments } from 'yaml';
import { SyncedSecrets } from '../../infra/secrets/synced-secrets.ts';
import { goModuleDir } from '../../tools/engines/go-module.ts';
import { sleep } from '../support/child.ts';
import { type KubernetesApi, startKubernetesApi } from '../support/kubernetes-api.ts';
import { apply, type Manifest, pathOf } from '../support/kubernetes-apply.ts';
import { registeredObjects } from '../support/registered-objects.ts';

const MODULE = 'github.com/external-secrets/external-secrets';
const NAMESPACE: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tallyship' } };

describe('a real Kubernetes API server with the CRDs of External Secrets', function () {
  this.timeout(180_000);
  let api: KubernetesApi;
  let objects: Manifest[];
  before(async () => {
    api = await startKubernetesApi();
    await assertTaken(NAMESPACE);
    for (const definition of definitions()) await assertTaken(definition);
    objects = await registeredObjects(() => {
      const provider = new k8s.Provider('test', {});
      const reader = {
        serviceAccount: 'secret-reader',
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::000000000000:role/reader' },
      };
      const secrets = [{ name: 'upload-key', source: 'tallyship/dev/upload-key', file: 'key' }];
      new SyncedSecrets('secrets', { namespace: 'tallyship', region: 'eu-west-1', reader, secrets }, { providers: [provider] });
    });
  });
  after(() => api?.stop());

  const assertTaken = async (object: Manifest) => {
    const { status, body } = await apply(api, object);
    assert.ok(status < 300, `${object.kind} ${object.metadata.name}: ${status} ${body.message}`);
  };

  it('takes the store and each secret', async () => {
    assert.deepEqual(objects.map(({ kind }) => kind).sort(), ['ExternalSecret', 'SecretStore', 'ServiceAccount']);
    for (const object of objects) {
      await untilServed(api, object);
      await assertTaken(object);
    }
  });

  it('refuses a secret with a field that External Secrets does not know', async () => {
    const secret = objects.find(({ kind }) => kind === 'ExternalSecret') as Manifest & { spec: object };
    const { status, body } = await apply(api, { ...secret, spec: { ...secret.spec, refreshEvery: '5m' } } as Manifest);
    assert.ok(status >= 400);
    assert.match(String(body.message), /refreshEvery/);
  });
});

/** The definitions of the custom resources, without the webhook that would convert old versions: it is not there. */
function definitions(): Manifest[] {
  const bundle = readFileSync(join(goModuleDir('crds', MODULE), 'deploy/crds/bundle.yaml'), 'utf8');
  const all = parseAllDocuments(bundle).map((document) => document.toJS() as Manifest & { spec: { conversion?: unknown } });
  const wanted = ['externalsecrets.external-secrets.io', 'secretstores.external-secrets.io'];
  return all
    .filter(({ metadata }) => wanted.includes(metadata.name))
    .map(({ spec: { conversion: _, ...spec }, ...rest }) => ({ ...rest, spec }));
}

/** A kind is served a moment after its definition was taken. */
async function untilServed(api: KubernetesApi, object: Manifest): Promise<void> {
  const list = pathOf(object).split('/').slice(0, -1).join('/');
  for (const deadlineMs = Date.now() + 20_000; (await api.call('GET', list)).status !== 200; await sleep(100)) {
    assert.ok(Date.now() < deadlineMs, `${list} is not served`);
  }
}
