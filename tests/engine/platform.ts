import assert from 'node:assert/strict';
import { plantCluster } from '../support/engine/existing-cluster.ts';
import { previewLies, withoutProvider } from '../support/engine/findings.ts';
import { openPulumiStack, type PulumiStack, type Step } from '../support/engine/pulumi-stack.ts';
import { newSimulation, SIMULATED_ACCOUNT } from '../support/engine/simulation.ts';

/** Every stack of the program is held to these rules. */
export const POLICY_PACK = new URL('../../infra/policy', import.meta.url).pathname;

/** A stack of the program itself with the settings that the repository has for it. */
export function openPlatform(stack: string, environment: Record<string, string> = {}): Promise<PulumiStack> {
  return openPulumiStack({ program: root, stack, environment, simulation: newSimulation() });
}

/** The program on a cluster that somebody else has made: only the metering is installed. */
export function openOnExistingCluster(lake: Record<string, unknown> = { mode: 'own' }): Promise<PulumiStack> {
  const simulation = newSimulation();
  plantCluster(simulation.account, { name: 'shared', accountId: SIMULATED_ACCOUNT, region: 'us-east-1' });
  const image = (name: string) => `example.com/tallyship/${name}@sha256:${'0'.repeat(64)}`;
  return openPulumiStack({
    program: root,
    stack: 'existing',
    simulation,
    settings: {
      'tallyship:aws': { accountId: SIMULATED_ACCOUNT, region: 'us-east-1' },
      'tallyship:isProtected': false,
      'tallyship:retainsData': false,
      'tallyship:cluster': { mode: 'existing', name: 'shared', nodeCidrs: ['10.0.0.0/16'] },
      'tallyship:secrets': { recoveryWindowDays: 0 },
      'tallyship:images': {
        mode: 'prebuilt',
        collector: image('collector'),
        shipper: image('shipper'),
        uploadApi: image('upload-api'),
        console: image('console'),
      },
      'tallyship:lake': lake,
    },
  });
}

/** What a preview would do, one line each: `update aws:kms/key:Key lake`. */
export function effects(steps: readonly Step[]): string[] {
  return steps
    .filter(({ op }) => op !== 'same')
    .map(({ op, type, name }) => `${op} ${type} ${name}`)
    .sort();
}

/** @param flags of the preview and the up */
export async function upMakesWhatIsPreviewed(stack: PulumiStack, ...flags: string[]): Promise<void> {
  const preview = await stack.preview(...flags);
  await stack.up(...flags);
  const state = await stack.exported();
  assert.deepEqual(previewLies(preview, state), []);
  assert.deepEqual(withoutProvider(state), []);
}

/** Destroys the stack and compares what exists afterwards with what its output `expectedLeftovers` said before. */
export async function destroyLeavesWhatIsExpected(stack: PulumiStack): Promise<void> {
  const { expectedLeftovers } = (await stack.outputs()) as { expectedLeftovers: { type: string; name: string }[] };
  await stack.destroy();
  assert.deepEqual(leftovers(stack), expectedLeftovers.map(({ type, name }) => `${type} ${name}`).sort());
}

/** A protected stack refuses to go, with nothing harmed, until its settings say that it may. */
export async function unprotect(stack: PulumiStack): Promise<void> {
  const before = stack.account.left();
  await assert.rejects(stack.destroy(), /cannot be deleted\s+because it is protected/);
  assert.deepEqual(stack.account.left(), before);
  await stack.set('tallyship:isProtected', 'false');
  await stack.up();
}

/** What exists that no program would expect. */
function leftovers({ account }: PulumiStack): string[] {
  return account.things
    .filter(({ madeBy }) => madeBy !== 'somebody else')
    .map(({ token, urn, madeBy }) => (urn === '' ? `${token} ${madeBy.split(' ').at(-1)}` : `${token} ${urn.split('::').at(-1)}`))
    .sort();
}

const root = new URL('../..', import.meta.url).pathname;
