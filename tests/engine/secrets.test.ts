import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, leaksIn } from '../support/engine/leaks.ts';
import type { PulumiStack } from '../support/engine/pulumi-stack.ts';
import { REGISTRY_TOKEN } from '../support/engine/tables/functions.ts';
import { openPlatform } from './platform.ts';
import { TOKEN, withProgram } from './programs.ts';

/** Secrets of whoever runs Pulumi: as variables, and as files that lie about in the project. */
const variables = {
  AWS_SECRET_ACCESS_KEY: 'planted-secret-of-the-aws-key',
  NPM_TOKEN: 'planted-token-of-the-packages',
  UPLOAD_KEY: 'planted-key-of-the-uploads',
};
const files = {
  '.env': 'planted-line-of-an-env-file',
  '.npmrc': 'planted-line-of-an-npmrc',
  key: 'planted-key-of-the-shippers',
  'keys.json': 'planted-keys-of-the-upload-api',
};
const secrets = { 'the registry token': REGISTRY_TOKEN, ...variables, ...files };

/** All that Pulumi writes down of a preview, an up and the preview of what is at rest. */
async function written(stack: PulumiStack): Promise<Record<string, string | Buffer>> {
  const at = (name: string) => join(stack.dir, '..', name);
  const read = (name: string) => readFileSync(at(name));
  const logs = ['--logtostderr', '-v=8', '--logflow', '--debug'];
  return {
    'first preview': await stack.pulumi('preview', '--diff', '--save-plan', at('plan'), '--event-log', at('first-events')),
    plan: read('plan'),
    'event log of the first preview': read('first-events'),
    up: await stack.pulumi('up', '--yes', '--skip-preview', '--event-log', at('up-events')),
    'event log of the up': read('up-events'),
    'preview as data': await stack.pulumi('preview', '--json', '--save-plan', at('second-plan')),
    'second plan': read('second-plan'),
    'most verbose preview that shows no traffic': await stack.pulumi('preview', ...logs, '--event-log', at('second-events')),
    'event log of the second preview': read('second-events'),
    'stack export': await stack.pulumi('stack', 'export'),
    outputs: await stack.pulumi('stack', 'output', '--json'),
    'what was printed': stack.said(),
    ...filesUnder(stack.backend),
  };
}

describe('secrets stay out of all that Pulumi writes down', () => {
  it('of prod: state, plans, logs and events hold none', async () => {
    const stack = await openPlatform('prod', { ...variables, PULUMI_DEBUG_COMMANDS: 'true' });
    try {
      for (const [name, content] of Object.entries(files)) writeFileSync(join(stack.dir, name), content);
      assert.deepEqual(leaksIn(await written(stack), secrets), []);
    } finally {
      await stack.close();
    }
  });

  it('but are found where a program lets one out', () =>
    withProgram(
      'plaintext-secret.ts',
      async (stack) => {
        const found = leaksIn(await written(stack), { token: TOKEN });
        for (const place of ['plan', 'event log of the up', 'preview as data', 'stack export', '.pulumi/stacks/planted/dev.json'])
          assert.ok(found.includes(`${place} holds token (plain)`), `${place}: ${found.join('; ')}`);
      },
      { PULUMI_DEBUG_COMMANDS: 'true' },
    ));
});
