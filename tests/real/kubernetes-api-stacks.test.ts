import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { openWithEverything } from '../engine/everything.ts';
import { openOnExistingCluster, openPlatform } from '../engine/platform.ts';
import type { PulumiStack } from '../support/engine/pulumi-stack.ts';
import { defineExternalSecrets, externalSecretsChart } from '../support/external-secrets.ts';
import { renderChart } from '../support/helm.ts';
import { type KubernetesApi, startKubernetesApi } from '../support/kubernetes-api.ts';
import { apply, type Manifest } from '../support/kubernetes-apply.ts';

const ROOT = join(import.meta.dirname, '../..');
const STACKS = {
  dev: () => openPlatform('dev'),
  prod: () => openPlatform('prod'),
  'an existing cluster': openOnExistingCluster,
  'every option': openWithEverything,
};

describe('what an up sends to Kubernetes', function () {
  this.timeout(300_000);
  before(() => {
    const args = ['images/main.ts', '--contexts-only', '--arch', 'amd64,arm64'];
    const { status, stderr } = spawnSync('node', args, { cwd: ROOT, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });

  for (const [name, open] of Object.entries(STACKS)) {
    describe(name, () => {
      let api: KubernetesApi;
      let stack: PulumiStack;
      before(async () => {
        [api, stack] = await Promise.all([startKubernetesApi(), open()]);
        await defineExternalSecrets(api);
        await stack.up();
      });
      after(() => Promise.all([api?.stop(), stack?.close()]));

      it('is taken by a real API server, object by object, strictly and without a warning', async () => {
        const objects = objectsOf(stack);
        assert.ok(objects.length > 20, `${objects.length}`);
        for (const object of objects) {
          const { status, body, warnings } = await apply(api, object);
          assert.ok(status < 300, `${object.kind} ${object.metadata.name}: ${status} ${body.message}`);
          assert.deepEqual(warnings, [], `${object.kind} ${object.metadata.name}`);
        }
        console.log(`      ${objects.length} objects of ${new Set(objects.map(({ kind }) => kind)).size} kinds`);
      });

      it('would not be taken with a field that External Secrets does not know', async () => {
        const secret = objectsOf(stack).find(({ kind }) => kind === 'ExternalSecret') as Manifest & { spec: object };
        const wrong = { ...secret, spec: { ...secret.spec, refreshEvery: '5m' } };
        const { status, body } = await apply(api, wrong, { isDryRun: true });
        assert.ok(status >= 400);
        assert.match(String(body.message), /refreshEvery/);
      });

      it('is taken with the chart of External Secrets rendered with the values of the stack; its pods pass Pod Security', async () => {
        const release = stack.account.things.find(({ token }) => token.startsWith('kubernetes:helm')) as {
          inputs: Record<string, unknown>;
        };
        const { namespace, values } = release.inputs as { namespace: string; values: unknown };
        const objects = renderChart({ chart: externalSecretsChart(), name: 'external-secrets', namespace, values });
        for (const object of objects) {
          const placed = { ...object, metadata: { namespace, ...object.metadata } };
          for (const each of [placed, ...podOf(placed)]) {
            const { status, body } = await apply(api, each, { isDryRun: each.kind === 'Pod' });
            assert.ok(status < 300, `${each.kind} ${each.metadata.name}: ${status} ${body.message}`);
          }
        }
        console.log(`      ${objects.length} objects of the chart`);
      });
    });
  }
});

/** The pod that an object's controller would make. */
function podOf({ metadata, spec }: Manifest & { spec?: { template?: { metadata: object; spec: object } } }): Manifest[] {
  if (!spec?.template?.spec) return [];
  return [{ apiVersion: 'v1', kind: 'Pod', ...spec.template, metadata: { ...spec.template.metadata, ...pick(metadata) } }];
}

const pick = ({ name, namespace = '' }: Manifest['metadata']) => ({ name, namespace });

/** In the order in which they were made. A Helm release is no object: its chart's own test is its project's. */
function objectsOf({ account }: PulumiStack): Manifest[] {
  const isObject = ({ token, madeBy }: { token: string; madeBy: string }) =>
    token.startsWith('kubernetes:') && !token.startsWith('kubernetes:helm') && madeBy === '';
  return account.things.filter(isObject).map(({ inputs }) => inputs as unknown as Manifest);
}
