import { runtime } from '@pulumi/pulumi';
import { parseStackSettings } from './settings/parse.ts';
import type { StackSettings } from './settings/stack.ts';

/**
 * The settings of the stack that runs; the one reader of Pulumi's configuration.
 * @throws StackSettingsError with every fault at once, a line each, before any resource
 */
export function readStackSettings(): StackSettings {
  return parseStackSettings(runtime.allConfig());
}
