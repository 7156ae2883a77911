import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Setting } from '@tallyship/shared/runtime/settings';

export type Definitions = Record<string, Setting<unknown>>;
export type ServiceSettings = { service: string; definitions: Definitions };

/**
 * The settings of every service, from the definitions that its `settings.ts` exports.
 * @throws Error naming a service whose `settings.ts` exports none or several
 */
export async function readServiceSettings(servicesDir: string): Promise<ServiceSettings[]> {
  const services = readdirSync(servicesDir)
    .filter((service) => existsSync(join(servicesDir, service, 'settings.ts')))
    .sort();
  return Promise.all(
    services.map(async (service) => {
      const exported = Object.values((await import(join(servicesDir, service, 'settings.ts'))) as Record<string, unknown>);
      const [definitions, ...others] = exported.filter(isDefinitions);
      if (!definitions || others.length > 0) throw new Error(`services/${service}/settings.ts must export its definitions, once`);
      return { service, definitions };
    }),
  );
}

function isDefinitions(value: unknown): value is Definitions {
  if (typeof value !== 'object' || value === null) return false;
  const entries = Object.values(value);
  return (
    entries.length > 0 && entries.every((entry) => typeof entry === 'object' && entry !== null && 'schema' in entry && 'describe' in entry)
  );
}
