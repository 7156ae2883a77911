import { RunError, runtime } from '@pulumi/pulumi';
import { parseSettings, StackSettingsError } from '../infra/settings/parse.ts';
import { type BootstrapSettings, bootstrapSchema } from './settings-schema.ts';

/**
 * What the bootstrap is told, from Pulumi's configuration.
 * @throws RunError, which Pulumi shows without a stack trace, with every fault at once, a line each, before any resource
 */
export function readBootstrapSettings(): BootstrapSettings {
  try {
    return parseSettings(bootstrapSchema, runtime.allConfig());
  } catch (error) {
    throw error instanceof StackSettingsError ? new RunError(error.message) : error;
  }
}
