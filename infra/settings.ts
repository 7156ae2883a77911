import { RunError, runtime } from '@pulumi/pulumi';
import { parseStackSettings, StackSettingsError } from './settings/parse.ts';
import type { StackSettings } from './settings/stack.ts';

/**
 * The settings of the stack that runs; the one reader of Pulumi's configuration.
 * @throws RunError, which Pulumi shows without a stack trace, with every fault at once, a line each, before any resource
 */
export function readStackSettings(): StackSettings {
  try {
    return parseStackSettings(runtime.allConfig());
  } catch (error) {
    throw error instanceof StackSettingsError ? new RunError(error.message) : error;
  }
}
