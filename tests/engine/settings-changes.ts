import assert from 'node:assert/strict';
import type { PulumiStack } from '../support/engine/pulumi-stack.ts';
import { effects } from './platform.ts';

/** A setting, and all that a preview shows of its change. */
export type SettingsChange = { path: string; value: string; touches: readonly string[] };

/** A test a change: it touches what is listed and nothing else, and leaves the stack at rest. */
export function itTouchesOnlyWhatIsListed(stack: () => PulumiStack, changes: readonly SettingsChange[]): void {
  for (const { path, value, touches } of changes) {
    it(`${path} = ${value} touches ${touches.join(', ')}`, async () => {
      await stack().set(path, value);
      assert.deepEqual(effects(await stack().preview()), touches);
      await stack().up();
      await stack().preview('--expect-no-changes');
    });
  }
}
