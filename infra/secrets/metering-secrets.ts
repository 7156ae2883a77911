import type { StackSettings } from '../settings/stack.ts';

/** What a secret's value is: the text of one file, files by name as JSON, or the login of a registry. */
export type SecretContent = { file: string } | 'files' | 'registryLogin';
type Place = { namespace: 'tallyship' | 'tallyship-agent'; content: SecretContent };

/** Secrets of the metering: the name is the same in Secrets Manager and in the cluster. */
const PLACES = {
  'upload-keys': { namespace: 'tallyship', content: { file: 'keys.json' } },
  'upload-key': { namespace: 'tallyship', content: { file: 'key' } },
  'ingest-tokens': { namespace: 'tallyship', content: { file: 'tokens' } },
  // One token of that list, for the agents.
  'ingest-token': { namespace: 'tallyship-agent', content: { file: 'token' } },
  'cloudzero-key': { namespace: 'tallyship', content: { file: 'key' } },
  tls: { namespace: 'tallyship', content: 'files' },
  'pull-secret': { namespace: 'tallyship', content: 'registryLogin' },
} as const satisfies Record<string, Place>;
export type MeteringSecret = keyof typeof PLACES;

/** Every secret that settings can ask for. */
export const METERING_SECRETS = Object.keys(PLACES) as MeteringSecret[];

/** Which secrets the settings ask for. */
export function meteringSecrets({ metering, images }: Pick<StackSettings, 'metering' | 'images'>): MeteringSecret[] {
  const isAsked: Record<MeteringSecret, boolean> = {
    'upload-keys': true,
    'upload-key': true,
    'ingest-tokens': metering.hasIngestTokens,
    'ingest-token': metering.hasIngestTokens && metering.agent.mode === 'federated',
    'cloudzero-key': metering.sendsToCloudzero,
    tls: metering.tls?.mode === 'secretsManager',
    'pull-secret': images.mode === 'prebuilt' && images.hasPullSecret,
  };
  return METERING_SECRETS.filter((name) => isAsked[name]);
}

export const placeOf = (secret: MeteringSecret): Place => PLACES[secret];
