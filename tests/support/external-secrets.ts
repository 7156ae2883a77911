import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { goModuleDir } from '../../tools/engines/go-module.ts';
import { sleep } from './child.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { apply, type Manifest } from './kubernetes-apply.ts';

const MODULE = 'github.com/external-secrets/external-secrets';
const GROUP = 'external-secrets.io';
const KINDS = ['externalsecrets', 'secretstores'];

/**
 * Gives an API server the custom resources of External Secrets, from the project's own definitions; waits until they are served.
 * @throws Error when a definition is refused
 */
export async function defineExternalSecrets(api: KubernetesApi): Promise<void> {
  for (const definition of definitions()) {
    const { status, body } = await apply(api, definition);
    if (status >= 300) throw new Error(`${definition.metadata.name}: ${status} ${body.message}`);
  }
  for (const kind of KINDS) {
    for (const deadlineMs = Date.now() + 20_000; (await api.call('GET', `/apis/${GROUP}/v1/${kind}`)).status !== 200; await sleep(100)) {
      if (Date.now() > deadlineMs) throw new Error(`${kind}.${GROUP} is not served`);
    }
  }
}

/** The project's own chart, as its release has it. */
export const externalSecretsChart = () => join(goModuleDir('crds', MODULE), 'deploy/charts/external-secrets');

/** Without the webhook that would convert old versions: it is not there. */
function definitions(): Manifest[] {
  const bundle = readFileSync(join(goModuleDir('crds', MODULE), 'deploy/crds/bundle.yaml'), 'utf8');
  const all = parseAllDocuments(bundle).map((document) => document.toJS() as Manifest & { spec: { conversion?: unknown } });
  const wanted = KINDS.map((kind) => `${kind}.${GROUP}`);
  return all
    .filter(({ metadata }) => wanted.includes(metadata.name))
    .map(({ spec: { conversion: _, ...spec }, ...rest }) => ({ ...rest, spec }));
}
